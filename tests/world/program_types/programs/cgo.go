// SPDX-License-Identifier: MIT

package main

// Beside witness.go: makes it a program of libc's.

// #include <stdlib.h>
import "C"

func init() { C.free(nil) }
