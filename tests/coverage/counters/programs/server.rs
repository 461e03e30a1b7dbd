// SPDX-License-Identifier: MIT
//! Works when it is told to, until it is told how to end, or is killed. Commands are words on lines.

mod work;

use std::io::{BufRead, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::sync::atomic::{AtomicI64, Ordering};

extern "C" {
    fn _exit(status: i32) -> !;
    fn _Exit(status: i32) -> !;
    fn quick_exit(status: i32) -> !;
    fn raise(signal: i32) -> i32;
    fn kill(pid: i32, signal: i32) -> i32;
    fn mmap(at: usize, size: usize, protection: i32, flags: i32, file: i32, offset: i64) -> *const [AtomicI64; 4];
}

/// Works for ever. `calls`, which the test may read, counts the calls of work(27).
fn load(calls: &AtomicI64, allocates: bool) {
    loop {
        let size = if allocates { 1 + calls.load(Ordering::Relaxed) % 5000 } else { 0 };
        let block = Vec::<u8>::with_capacity(size as usize);
        work::work(27);
        calls.fetch_add(1, Ordering::SeqCst);
        drop(block);
    }
}

/// `how` may be followed by a file that holds the numbers of calls.
fn load_by(how: &str) {
    let (how, file) = how.split_once(' ').unwrap_or((how, "/dev/zero"));
    let file = std::fs::File::options().read(true).write(true).open(file).unwrap();
    let calls = unsafe { &*mmap(0, 4096, 3, 1, file.as_raw_fd(), 0) }; // shared, to be read and written
    if how == "threads" {
        calls[1..].iter().for_each(|own| drop(std::thread::spawn(move || load(own, false))));
    }
    load(&calls[0], how == "malloc");
}

fn main() {
    println!("ready");
    std::io::stdout().flush().unwrap();
    for line in std::io::stdin().lock().lines() {
        match line.unwrap().as_str() {
            "exit" => std::process::exit(3),
            "abort" => std::process::abort(),
            "_exit" => unsafe { _exit(3) },
            "_Exit" => unsafe { _Exit(3) },
            "quick_exit" => unsafe { quick_exit(3) },
            "raise" => drop(unsafe { raise(15) }),
            "kill self" => drop(unsafe { kill(std::process::id() as i32, 9) }),
            "exec" => drop(std::process::Command::new("/bin/sh").args(["-c", "exit 3"]).exec()),
            "crash" => unsafe { (8 as *mut i64).write_volatile(1) },
            other => match other.parse() {
                Ok(number) => {
                    println!("{}", work::work(number));
                    std::io::stdout().flush().unwrap();
                }
                Err(_) => load_by(other),
            },
        }
    }
}
