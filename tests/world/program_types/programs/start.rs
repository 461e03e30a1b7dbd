// SPDX-License-Identifier: MIT
use std::process::{exit, Command};

fn main() {
    let command: Vec<String> = std::env::args().skip(1).collect();
    let mut child = Command::new(&command[0]);
    child.args(&command[1..]).env_clear().env("OTHER", "1");
    exit(child.status().unwrap().code().unwrap());
}
