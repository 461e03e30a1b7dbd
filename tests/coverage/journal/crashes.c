// SPDX-License-Identifier: MIT
// Ways in which C code ends a process.
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int overflow(int n) {
  volatile char room[4096];
  room[0] = (char)n;
  return overflow(n + 1) + room[0];
}

void bus(void) {
  char name[] = "/tmp/covenv-bus-XXXXXX";
  int fd = mkstemp(name);
  unlink(name);
  ftruncate(fd, 8192);
  volatile char* at = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ftruncate(fd, 0);
  at[4096] = 1;
}

void illegal(void) { __builtin_trap(); }

void wild_jump(void) { ((void (*)(void))0x10)(); }

void bad_free(void) {
  static long block[8];
  free((char*)block + 8);
}

void fortified(void) { abort(); }

void leave(int status) { exit(status); }

void leave_quickly(int status) { quick_exit(status); }

void leave_raw(int status) { syscall(SYS_exit_group, status); }

// Puts the process under a seccomp filter that kills it at getpgid().
void confine(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof(code) / sizeof(*code), code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

void be_killed_by_filter(void) {
  confine();
  syscall(SYS_getpgid, 0);
}

// Never returns, and holds CPython's lock, because ctypes.PyDLL does not give it up for a call.
void spin(void) {
  write(1, "ready\n", 6);
  for (;;) pause();
}
