// SPDX-License-Identifier: MIT

// Works when it is told to, until it is told how to end, or is killed. Commands are words on lines.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// Works for ever. `calls`, which the test may read, counts the calls of work(27).
func load(calls *int64, allocates bool) {
	var block []byte
	for {
		if allocates {
			block = make([]byte, 1+*calls%5000)
		}
		work(27)
		atomic.AddInt64(calls, 1)
		_ = block
	}
}

// The words may name a file that holds the numbers of calls.
func loadBy(words []string) {
	page := make([]byte, 4096)
	if len(words) > 1 {
		file, _ := os.OpenFile(words[1], os.O_RDWR, 0)
		page, _ = syscall.Mmap(int(file.Fd()), 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	}
	calls := (*[4]int64)(unsafe.Pointer(&page[0]))
	for i := 1; words[0] == "threads" && i < 4; i++ {
		go load(&calls[i], false)
	}
	load(&calls[0], words[0] == "malloc")
}

func main() {
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch lines.Text() {
		case "exit":
			os.Exit(3)
		case "raise":
			syscall.Kill(os.Getpid(), syscall.SIGTERM)
		case "kill self":
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		case "panic", "crash":
			panic("panic")
		case "_exit", "exit_group":
			syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 3, 0, 0)
		case "exec":
			syscall.Exec("/bin/sh", []string{"sh", "-c", "exit 3"}, os.Environ())
		case "exec itself":
			syscall.Exec("/proc/self/exe", []string{"server"}, os.Environ())
		default:
			if number, err := strconv.Atoi(words[0]); err == nil {
				fmt.Println(work(number))
			} else {
				loadBy(words)
			}
		}
	}
}
