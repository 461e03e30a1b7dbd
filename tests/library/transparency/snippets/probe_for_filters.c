// SPDX-License-Identifier: MIT
// Asks for seccomp filters as libseccomp does, and with a filter that points to nothing.
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  struct sock_fprog nothing = {1, NULL};
  printf("%d %d\n", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL), errno);
  printf("%d %d\n", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &nothing), errno);
  printf("%ld %d\n", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL), errno);
  return 0;
}
