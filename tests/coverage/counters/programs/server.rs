// SPDX-License-Identifier: MIT
//! Works when it is told to, until it is told how to end, or is killed. Commands are words on lines.

mod work;

use std::io::{BufRead, Write};

fn main() {
    println!("ready");
    std::io::stdout().flush().unwrap();
    for line in std::io::stdin().lock().lines() {
        match line.unwrap().as_str() {
            "exit" => std::process::exit(3),
            "abort" => std::process::abort(),
            "busy" => loop {
                for amount in 0..1000 {
                    work::work(amount);
                }
            },
            number => {
                println!("{}", work::work(number.parse().unwrap()));
                std::io::stdout().flush().unwrap();
            }
        }
    }
}
