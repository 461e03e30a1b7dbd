// SPDX-License-Identifier: MIT

// usage: runner kill|context COMMAND...: starts the server, makes a request, and kills it.
package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func request(port string) {
	connection, err := net.Dial("tcp", "127.0.0.1:"+port)
	must(err)
	defer connection.Close()
	_, err = connection.Read(make([]byte, 16))
	must(err)
}

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var cmd *exec.Cmd
	if os.Args[1] == "context" {
		cmd = exec.CommandContext(ctx, os.Args[2], os.Args[3:]...)
	} else {
		cmd = exec.Command(os.Args[2], os.Args[3:]...)
	}
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	must(err)
	must(cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	must(err)
	request(strings.TrimSpace(line))
	if os.Args[1] == "context" {
		cancel()
	} else {
		must(cmd.Process.Kill())
	}
	cmd.Wait()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() && status.Signal() == syscall.SIGKILL {
		fmt.Println("killed")
	} else {
		fmt.Println("not killed")
	}
}
