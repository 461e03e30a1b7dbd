// SPDX-License-Identifier: MIT

package main

func oddOrEven(number int) int {
	if number%2 == 0 {
		return number / 2
	}
	return 3*number + 1
}

func neverCalled(number int) int {
	return number - 1
}

func work(amount int) int {
	steps := 0
	for number := amount; number > 1; steps++ {
		number = oddOrEven(number)
	}
	if amount < 0 {
		steps = neverCalled(amount)
	}
	return steps
}
