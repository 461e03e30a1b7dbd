// SPDX-License-Identifier: MIT
#include "asked_target.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "shim/core/ask_protocol.h"
#include "shim/proc/raw_syscall.h"

namespace transparency {
namespace {

constexpr int kMark[] = {57, 59};  // the default of COVENV_SIGNATURE

int said;
int go;
bool dawdles;

void be_asked() {
  static bool is_asked = false;  // killers repeat the ask while the target dawdles
  if (is_asked) return;
  is_asked = true;
  ++asked_count();
  say(said);
  if (dawdles) hears(go);
}

void die_of(int signal) {
  std::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
  raw_kill(getpid(), signal);
  // Only the init of a pid namespace is still alive. It stops catching the ask, so that the killer
  // goes on.
  std::signal(covenv::kAskSignal, SIG_DFL);
}

void save_then_die(int, siginfo_t* info, void*) {
  const auto value = reinterpret_cast<std::uintptr_t>(info->si_value.sival_ptr);
  if (info->si_code != SI_QUEUE || covenv::asked_signal(value) == 0) return;
  be_asked();
  die_of(covenv::asked_signal(value));
}

void shut_down(int, siginfo_t*, void*) {
  be_asked();
  _exit(0);
}

void mark() {
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  action.sa_sigaction = [](int, siginfo_t*, void*) { _exit(95); };
  for (const int signal : kMark) sigaction(signal, &action, nullptr);
  action.sa_sigaction = shut_down;
  sigaction(SIGTERM, &action, nullptr);
  action.sa_sigaction = save_then_die;
  sigaction(covenv::kAskSignal, &action, nullptr);
}

}  // namespace

std::atomic<int>& asked_count() {
  static auto* const count = static_cast<std::atomic<int>*>(
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  return *count;
}

AskedTarget start_target(const Setup& setup) {
  int to_us[2];
  int to_it[2];
  if (pipe2(to_us, O_CLOEXEC) != 0 || pipe2(to_it, O_CLOEXEC) != 0) std::abort();
  const pid_t pid = fork();
  if (pid == 0) {
    close(to_us[0]);
    close(to_it[1]);
    said = to_us[1];
    go = to_it[0];
    dawdles = setup.dawdles;
    setpgid(0, setup.group);
    setup.first();
    if (setup.can_be_asked) mark();
    say(said);
    setup.then();
    stay();
  }
  close(to_us[1]);
  close(to_it[0]);
  if (!hears(to_us[0])) std::abort();
  return {pid, to_us[0], to_it[1]};
}

void let_go(const AskedTarget& target) { say(target.go); }

void stay() {
  for (;;) pause();
}

void say(int fd) {
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = write(fd, &byte, 1);
}

bool hears(int fd) {
  char byte = 0;
  ssize_t got = 0;
  do {
    got = read(fd, &byte, 1);
  } while (got < 0 && errno == EINTR);
  return got == 1;
}

void raw_kill(pid_t pid, int signal) { covenv::raw_syscall(SYS_kill, pid, signal); }

int end(pid_t pid) {
  raw_kill(pid, SIGKILL);
  return status_of(pid);
}

int status_of(pid_t pid) {
  int status = 0;
  pid_t reaped = 0;
  do {
    reaped = waitpid(pid, &status, 0);
  } while (reaped < 0 && errno == EINTR);
  return reaped == pid ? status : -1;
}

json seen_by_child(const std::function<json()>& see) {
  int pipe[2];
  if (pipe2(pipe, O_CLOEXEC) != 0) std::abort();
  const pid_t pid = fork();
  if (pid == 0) {
    const std::string text = see().dump();
    _exit(write(pipe[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 96);
  }
  close(pipe[1]);
  std::string text;
  char piece[512];
  for (ssize_t got = 0; (got = read(pipe[0], piece, sizeof(piece))) > 0;) {
    text.append(piece, static_cast<size_t>(got));
  }
  return {{"status", status_of(pid)}, {"saw", json::parse(text, nullptr, false)}};
}

pid_t other_thread_of(pid_t pid) {
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    const pid_t tid = std::stoi(task.path().filename().string());
    if (tid != pid) return tid;
  }
  return 0;
}

void await_state(pid_t pid, char state) {
  const std::string wanted = std::string("State:\t") + state;
  for (bool is_there = false; !is_there; sched_yield()) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; !is_there && std::getline(file, line);) {
      is_there = line.starts_with(wanted);
    }
  }
}

}  // namespace transparency
