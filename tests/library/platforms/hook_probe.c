// SPDX-License-Identifier: MIT
// Calls each function of hooks.def once, in a process of its own, and prints how that process ended and what it wrote.
// In C, as Debian has no C++ library for musl.
//   hook_probe TARGET              TARGET is what is executed, with the environment GIVEN=1 alone
//   hook_probe                     prints its environment
//   hook_probe --exec COMMAND...   becomes the command
//   hook_probe --kill COMMAND...   starts the command with the environment PATH alone, waits for its first byte and
//                                  kills it; prints the status
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

extern char** environ;

// Declarations that one of the libraries may lack.
int tgkill(pid_t process, pid_t thread, int signal) __attribute__((weak));
int execveat(int, const char*, char* const[], char* const[], int) __attribute__((weak));
int pidfd_send_signal(int, int, siginfo_t*, unsigned) __attribute__((weak));
int __execvpe(const char*, char* const[], char* const[]) __attribute__((weak));

static char* target;
static char* arguments[2];
static char* given[] = {"GIVEN=1", NULL};
static char path[] = "PATH=/usr/bin:/bin";

static void say(const char* what, long result) {
  char line[100];
  int size = snprintf(line, sizeof line, "%s %ld %d\n", what, result, result < 0 ? errno : 0);
  if (write(1, line, (size_t)size) != size) abort();
}

static pid_t child_that_waits(void) {
  pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    while (1) pause();
  }
  setpgid(pid, pid);
  return pid;
}

static pid_t child_that_returns(int status) {
  pid_t pid = fork();
  if (pid == 0) syscall(SYS_exit_group, status);
  return pid;
}

static void reap(pid_t pid) {
  int status = -1;
  say("reaped", waitpid(pid, &status, 0) == pid);
  say("status", status);
}

static void reap_spawned(int error, pid_t pid) {
  say("error", error);
  if (error == 0) reap(pid);
}

static volatile sig_atomic_t handled;
static void handle(int signal) { handled = signal; }

static void call_execve(void) { say("execve", execve(target, arguments, given)); }
static void call_execv(void) { say("execv", execv(target, arguments)); }
static void call_execvp(void) { say("execvp", execvp(target, arguments)); }
static void call_execvpe(void) { say("execvpe", execvpe(target, arguments, given)); }
static void call_execl(void) { say("execl", execl(target, target, (char*)NULL)); }
static void call_execlp(void) { say("execlp", execlp(target, target, (char*)NULL)); }
static void call_execle(void) { say("execle", execle(target, target, (char*)NULL, given)); }
static void call_execveat(void) {
  if (execveat) say("execveat", execveat(AT_FDCWD, target, arguments, given, 0));
  say("execveat", syscall(SYS_execveat, AT_FDCWD, target, arguments, given, 0));
}
static void call_fexecve(void) { say("fexecve", fexecve(open(target, O_RDONLY | O_CLOEXEC), arguments, given)); }
static void call___execvpe(void) {
  say("__execvpe", (__execvpe ? __execvpe : execvpe)(target, arguments, given));
}
static void call_posix_spawn(void) {
  pid_t pid = 0;
  int error = posix_spawn(&pid, target, NULL, NULL, arguments, given);
  reap_spawned(error, pid);
}
static void call_posix_spawnp(void) {
  pid_t pid = 0;
  int error = posix_spawnp(&pid, target, NULL, NULL, arguments, given);
  reap_spawned(error, pid);
}
static void call_system(void) { say("system", system(target)); }
static void call_popen(void) {
  FILE* stream = popen(target, "r");
  char line[4096];
  while (stream && fgets(line, sizeof line, stream)) {
    if (write(1, line, strlen(line)) < 0) abort();
  }
  say("pclose", pclose(stream));
}
static void call_wordexp(void) {
  char words[4096];
  wordexp_t expansion;
  snprintf(words, sizeof words, "$(%s)", target);
  int error = wordexp(words, &expansion, 0);
  say("wordexp", error);
  for (size_t i = 0; error == 0 && i < expansion.we_wordc; ++i) dprintf(1, "%s\n", expansion.we_wordv[i]);
}
static void call_setenv(void) {
  say("setenv", setenv("SET", "1", 1));
  execv(target, arguments);
}
static void call_putenv(void) {
  static char entry[] = "PUT=1";
  say("putenv", putenv(entry));
  execv(target, arguments);
}
static void call_kill(void) {
  pid_t pid = child_that_waits();
  say("kill", kill(pid, SIGKILL));
  reap(pid);
  say("kill", kill(pid, SIGKILL));
}
static void call_killpg(void) {
  pid_t pid = child_that_waits();
  say("killpg", killpg(pid, SIGKILL));
  reap(pid);
}
static void call_tgkill(void) {
  pid_t pid = child_that_waits();
  say("tgkill", tgkill ? tgkill(pid, pid, SIGKILL) : (int)syscall(SYS_tgkill, pid, pid, SIGKILL));
  reap(pid);
}
static void call_raise(void) { say("raise", raise(SIGTERM)); }
static void call_sigqueue(void) {
  union sigval value = {0};
  pid_t pid = child_that_waits();
  say("sigqueue", sigqueue(pid, SIGKILL, value));
  reap(pid);
}
static void call_pidfd_send_signal(void) {
  pid_t pid = child_that_waits();
  int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  say("pidfd_send_signal", pidfd_send_signal ? pidfd_send_signal(pidfd, SIGKILL, NULL, 0)
                                             : (int)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0));
  reap(pid);
}
static void call_wait(void) {
  int status = -1;
  pid_t pid = child_that_returns(3);
  say("wait", wait(&status) == pid);
  say("status", status);
  say("wait", wait(&status));
}
static void call_waitpid(void) { reap(child_that_returns(3)); }
static void call_wait3(void) {
  int status = -1;
  struct rusage usage;
  pid_t pid = child_that_returns(3);
  say("wait3", wait3(&status, 0, &usage) == pid);
  say("status", status);
}
static void call_wait4(void) {
  int status = -1;
  struct rusage usage;
  pid_t pid = child_that_returns(3);
  say("wait4", wait4(pid, &status, 0, &usage) == pid);
  say("status", status);
}
static void call_waitid(void) {
  siginfo_t info = {0};
  pid_t pid = child_that_returns(3);
  say("waitid", waitid(P_PID, (id_t)pid, &info, WEXITED));
  say("code", info.si_code);
  say("status", info.si_status);
}
static void call__exit(void) { _exit(4); }
static void call__Exit(void) { _Exit(5); }
static void call_quick_exit(void) { quick_exit(6); }
// Without stderr, on which libc and qemu tell of the end, each in its own words.
static void call_abort(void) {
  close(2);
  abort();
}
static void call___assert_fail(void) {
  close(2);
  __assert_fail("it holds", "hook_probe.c", 1, "call");
}
// Only a JVM defines it, and tests/coverage/jvm calls it there.
static void call_JVM_Halt(void) {}
static void call_prctl(void) {
  say("prctl", prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
  say("prctl", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
  say("prctl", prctl(-1, 0, 0, 0, 0));
}
static void call_syscall(void) { say("syscall", syscall(SYS_execve, target, arguments, given)); }
static void call_sigaction(void) {
  struct sigaction action = {.sa_handler = handle}, old = {.sa_handler = handle};
  say("sigaction", sigaction(SIGURG, &action, &old));
  say("was default", old.sa_handler == SIG_DFL);
  raise(SIGURG);
  say("handled", handled);
}
static void call_signal(void) {
  say("was default", signal(SIGUSR1, handle) == SIG_DFL);
  say("is ours", signal(SIGUSR1, handle) == handle);
  raise(SIGUSR1);
  say("handled", handled);
}

static const struct {
  const char* name;
  void (*call)(void);
} hooks[] = {
#define HOOK(type, name, parameters) {#name, call_##name},
#include "shim/hooks.def"
};

static void run(size_t which) {
  int ends[2];
  char text[8192];
  ssize_t size, got;
  int status;
  fflush(stdout);
  if (pipe(ends) != 0) abort();
  pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], 1);
    close(ends[0]);
    close(ends[1]);
    environ = given;
    hooks[which].call();
    syscall(SYS_exit_group, 0);
  }
  close(ends[1]);
  for (size = 0; (got = read(ends[0], text + size, sizeof text - 1 - (size_t)size)) > 0; size += got) continue;
  close(ends[0]);
  text[size] = '\0';
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  printf("== %s %d\n%s", hooks[which].name, status, text);
}

static int start_and_kill(char** command) {
  char* environment[] = {path, NULL};
  int ends[2];
  char byte;
  pid_t pid;
  posix_spawn_file_actions_t actions;
  if (pipe(ends) != 0) return 1;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  if (posix_spawn(&pid, command[0], &actions, NULL, command, environment) != 0) return 1;
  close(ends[1]);
  if (read(ends[0], &byte, 1) != 1) return 1;
  say("kill", kill(pid, SIGKILL));
  reap(pid);
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 1) {
    for (char** entry = environ; *entry; ++entry) puts(*entry);
    return 0;
  }
  if (strcmp(argv[1], "--kill") == 0) return start_and_kill(argv + 2);
  if (strcmp(argv[1], "--exec") == 0) return execv(argv[2], argv + 2);
  target = arguments[0] = argv[1];
  for (size_t i = 0; i < sizeof hooks / sizeof *hooks; ++i) run(i);
  return 0;
}
