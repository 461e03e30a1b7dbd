// SPDX-License-Identifier: MIT
// Colours standard error red, as stderred does.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

ssize_t write(int fd, const void* bytes, size_t size) {
  ssize_t (*const next)(int, const void*, size_t) = dlsym(RTLD_NEXT, "write");
  if (fd != STDERR_FILENO) return next(fd, bytes, size);
  next(fd, "\033[31m", 5);
  const ssize_t result = next(fd, bytes, size);
  next(fd, "\033[0m", 4);
  return result;
}

int isatty(int fd) {
  int (*const next)(int) = dlsym(RTLD_NEXT, "isatty");
  return fd == STDERR_FILENO || next(fd);
}
