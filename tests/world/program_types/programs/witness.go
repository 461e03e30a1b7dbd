// SPDX-License-Identifier: MIT

// What witness.c is, in Go: its own runtime, its own system calls.
package main

import (
	"fmt"
	"os"
	"strings"
)

func loaded() string {
	maps, _ := os.ReadFile("/proc/self/maps")
	if strings.Contains(string(maps), "libcovenv") {
		return "yes"
	}
	return "no"
}

func report() {
	fmt.Printf("program\t%s\n", os.Args[0])
	for _, entry := range os.Environ() {
		fmt.Printf("environ\t%s\n", entry)
	}
	fmt.Printf("loaded\t%s\nend\t\n", loaded())
}

func main() {
	report()
	if len(os.Args) < 3 {
		return
	}
	environment := os.Environ()
	if strings.HasSuffix(os.Args[1], "-empty") {
		environment = []string{}
	}
	files := []*os.File{os.Stdin, os.Stdout, os.Stderr}
	process, err := os.StartProcess(os.Args[2], os.Args[2:], &os.ProcAttr{Env: environment, Files: files})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(97)
	}
	state, err := process.Wait()
	if err != nil {
		os.Exit(96)
	}
	os.Exit(state.ExitCode())
}
