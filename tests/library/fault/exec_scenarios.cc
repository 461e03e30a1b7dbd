// SPDX-License-Identifier: MIT
// Every function that starts a program, on every kind of program. Run in the folder of the targets.
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

#include <cerrno>
#include <cstdlib>

#include "probe.h"

namespace fault {
namespace {

char* kArguments[] = {const_cast<char*>("name"), const_cast<char*>("one"), nullptr};

// The environment lacks the runner's coverage variables, so that covenv adds some. EXIT_WITH is the
// target's exit status.
char* kEnvironment[] = {const_cast<char*>("GIVEN=1"), const_cast<char*>("EXIT_WITH=3"), nullptr};

// An environment that takes more stack than the library uses without a check.
char** large_environment() {
  static std::vector<std::string> texts;
  static std::vector<char*> entries;
  for (int i = 0; i < 400; ++i) texts.push_back("FILLS_" + std::to_string(i) + "=x");
  for (std::string& text : texts) entries.push_back(text.data());
  entries.push_back(nullptr);
  return entries.data();
}

struct ExecFunction {
  const char* name;
  int (*call)(const char* path);
};

const ExecFunction kExecFunctions[] = {
    {"execve", [](const char* path) { return execve(path, kArguments, kEnvironment); }},
    {"execv", [](const char* path) { return execv(path, kArguments); }},
    {"execvp", [](const char* path) { return execvp(path, kArguments); }},
    {"execvpe", [](const char* path) { return execvpe(path, kArguments, kEnvironment); }},
    {"execl", [](const char* path) { return execl(path, "name", "one", nullptr); }},
    {"execlp", [](const char* path) { return execlp(path, "name", "one", nullptr); }},
    {"execle", [](const char* path) { return execle(path, "name", "one", nullptr, kEnvironment); }},
    {"execveat",
     [](const char* path) { return execveat(AT_FDCWD, path, kArguments, kEnvironment, 0); }},
    {"fexecve",
     [](const char* path) {
       // No O_CLOEXEC, because a script's interpreter reads from this very descriptor.
       return fexecve(open(path, O_RDONLY), kArguments, kEnvironment);
     }},
    {"syscall_execve",
     [](const char* path) {
       return static_cast<int>(syscall(SYS_execve, path, kArguments, kEnvironment));
     }},
    {"syscall_execveat",
     [](const char* path) {
       return static_cast<int>(syscall(SYS_execveat, AT_FDCWD, path, kArguments, kEnvironment, 0));
     }},
    {"execve_large",
     [](const char* path) { return execve(path, kArguments, large_environment()); }},
    {"execvp_path",
     [](const char* path) {
       setenv("PATH", "none:/none:.", 1);
       return execvp(path + 2, kArguments);  // past "./"
     }},
};

void run_exec(const Scenario& self) {
  const std::string path = "./" + self.target;
  const pid_t child = fork();
  if (child == 0) {
    errno = 4242;
    say("exec", kExecFunctions[self.which].call(path.c_str()));
    say_state();
    std::fflush(stdout);
    _exit(77);
  }
  say_end(child);
}

void run_vfork(const Scenario& self) {
  const std::string path = "./" + self.target;
  volatile int error = 0;
  const pid_t child = vfork();
  if (child == 0) {
    errno = 4242;
    execve(path.c_str(), kArguments, kEnvironment);
    error = errno;
    _exit(77);
  }
  // Printed after the child's end, because the child prints at any time until then.
  say_end(child);
  say("errno", error);
}

void run_spawn(const Scenario& self) {
  const std::string path = "./" + self.target;
  pid_t child = -1;
  auto* const spawn = self.which == 0 ? posix_spawn : posix_spawnp;
  const int result = spawn(&child, path.c_str(), nullptr, nullptr, kArguments, kEnvironment);
  const int error = errno;
  // Printed after the child's end, because the child prints at any time until then.
  if (result == 0) say_end(child);
  errno = error;
  say("spawn", result);
}

void run_system(const Scenario& self) {
  say("system", system(("./" + self.target + " one").c_str()));
}

void run_popen(const Scenario& self) {
  FILE* const stream = popen(("./" + self.target + " one").c_str(), "r");
  say("popen", stream != nullptr ? 1 : 0);
  if (stream == nullptr) return;
  char line[2048];
  while (std::fgets(line, sizeof(line), stream) != nullptr) std::printf("%s", line);
  say("pclose", pclose(stream));
}

void run_wordexp(const Scenario& self) {
  wordexp_t words{};
  const int result = wordexp(("$(./" + self.target + " one) $HOME").c_str(), &words, 0);
  say("wordexp", result);
  if (result != 0) return;
  // wordexp() splits the target's "may" line into three words. They are printed on a line that
  // starts with "may", because such a line is not compared.
  for (size_t i = 0; i < words.we_wordc; ++i) {
    const std::string word = words.we_wordv[i];
    if (word == "may") std::printf("\n");
    std::printf("%s%s", word.c_str(), word.size() < 3 ? "\n" : " ");
  }
  wordfree(&words);
}

}  // namespace

std::vector<Scenario> exec_scenarios() {
  std::vector<Scenario> scenarios;
  const char* const targets[] = {"target", "missing",       "denied",
                                 "script", "target_static", "target32"};
  int which = 0;
  for (const ExecFunction& function : kExecFunctions) {
    for (const char* const target : targets) {
      scenarios.push_back({std::string(function.name) + "/" + target, run_exec, target, which});
    }
    ++which;
  }
  for (const char* const target : targets) {
    const std::string name = target;
    scenarios.push_back({"vfork_execve/" + name, run_vfork, name});
    scenarios.push_back({"posix_spawn/" + name, run_spawn, name, 0});
    scenarios.push_back({"posix_spawnp/" + name, run_spawn, name, 1});
  }
  for (const std::string name : {"target", "missing", "target32"}) {
    scenarios.push_back({"system/" + name, run_system, name});
    scenarios.push_back({"popen/" + name, run_popen, name});
    scenarios.push_back({"wordexp/" + name, run_wordexp, name});
  }
  return scenarios;
}

}  // namespace fault
