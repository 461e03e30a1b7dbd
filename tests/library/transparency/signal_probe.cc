// SPDX-License-Identifier: MIT
// signal_probe --list        one line of JSON per case
// signal_probe [CASE...]     runs the cases (all if none is named), prints what each saw
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "asked_target.h"
#include "signal_cases.h"

namespace transparency {
namespace {

constexpr unsigned kDeadline = 20;

std::vector<SignalCase> all_cases() {
  std::vector<SignalCase> cases;
  for (auto* make :
       {kill_cases, wait_cases, disposition_cases, environ_cases, asked_target_cases,
        asked_group_cases, asked_refusal_cases, asked_killer_cases, asked_wait_cases}) {
    for (SignalCase& one : make()) cases.push_back(std::move(one));
  }
  return cases;
}

void run(const SignalCase& one) {
  const int answer = memfd_create("answer", MFD_CLOEXEC);
  asked_count() = 0;
  const pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);  // so that no other process is in its group
    alarm(kDeadline);
    const std::string text = one.run().dump();
    const bool written =
        write(answer, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    _exit(written ? 0 : 97);
  }
  int status = 0;
  waitpid(child, &status, 0);
  static std::array<char, 1 << 20> text;
  const ssize_t length = pread(answer, text.data(), text.size(), 0);
  close(answer);
  json line = {{"case", one.name}, {"stage", status}};
  const std::string saw(text.data(), length > 0 ? static_cast<size_t>(length) : 0);
  line["saw"] = saw.empty() ? json("nothing: it did not end by itself") : json::parse(saw);
  if (one.asks != kNothingToAsk) line["asked"] = asked_count().load();
  std::cout << line.dump() << std::endl;
}

json listed(const SignalCase& one) {
  json line = {{"case", one.name}};
  if (one.asks != kNothingToAsk) {
    line["asks"] = one.asks;
    line["in_term"] = one.in_term;
  }
  return line;
}

int run_all(int argc, char** argv) {
  const std::vector<std::string> wanted(argv + 1, argv + argc);
  const bool list = !wanted.empty() && wanted.front() == "--list";
  for (const SignalCase& one : all_cases()) {
    if (list) {
      std::cout << listed(one).dump() << "\n";
    } else if (wanted.empty() ||
               std::find(wanted.begin(), wanted.end(), one.name) != wanted.end()) {
      run(one);
    }
  }
  return 0;
}

}  // namespace
}  // namespace transparency

int main(int argc, char** argv) {
  try {
    return transparency::run_all(argc, argv);
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
    return 96;
  }
}
