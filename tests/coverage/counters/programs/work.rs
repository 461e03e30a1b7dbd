// SPDX-License-Identifier: MIT
//! What the server counts.

fn odd_or_even(number: i64) -> i64 {
    if number % 2 == 0 {
        return number / 2;
    }
    3 * number + 1
}

fn never_called(number: i64) -> i64 {
    number - 1
}

pub fn work(amount: i64) -> i64 {
    let mut steps = 0;
    let mut number = amount;
    while number > 1 {
        number = odd_or_even(number);
        steps += 1;
    }
    if amount < 0 {
        steps = never_called(amount);
    }
    steps
}
