// SPDX-License-Identifier: MIT

// Works when it is told to, until it is told how to end, or is killed. Commands are words on lines.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

func main() {
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		switch lines.Text() {
		case "exit":
			os.Exit(3)
		case "kill self":
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		case "panic":
			panic("panic")
		case "exit_group":
			syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 3, 0, 0)
		case "exec":
			syscall.Exec("/proc/self/exe", []string{"server"}, os.Environ())
		case "busy":
			for amount := 0; ; amount++ {
				work(amount % 1000)
			}
		default:
			number, _ := strconv.Atoi(lines.Text())
			fmt.Println(work(number))
		}
	}
}
