// SPDX-License-Identifier: MIT
// A library that calls functions of libc, and holds the address of one, for core/call_slots.h to
// find. It is built with lazy slots, with slots that the loader protects, and with -fno-plt.
#include <unistd.h>

using Function = pid_t (*)();

extern "C" {
pid_t call_getppid() { return getppid(); }
pid_t call_getpid() { return getpid(); }
Function address_of_getpid() { return getpid; }
}
