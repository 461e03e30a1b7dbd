// SPDX-License-Identifier: MIT
//! usage: runner COMMAND...: starts the server, makes a request, and ends it by `Child::kill`.
use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

fn main() {
    let command: Vec<String> = std::env::args().skip(1).collect();
    let mut server = Command::new(&command[0])
        .args(&command[1..])
        .stdout(Stdio::piped())
        .spawn()
        .expect("spawn");
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("stdout"))
        .read_line(&mut line)
        .expect("a line");
    let mut answer = [0; 16];
    let port: u16 = line.trim().parse().expect("a port");
    let read = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| stream.read(&mut answer));
    assert!(read.expect("an answer") > 0);
    server.kill().expect("kill");
    let status = server.wait().expect("wait");
    println!("{}", if status.signal() == Some(9) { "killed" } else { "not killed" });
}
