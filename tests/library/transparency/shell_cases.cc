// SPDX-License-Identifier: MIT
// The functions that start /bin/sh from inside libc, always with `environ`.
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "exec_cases.h"

namespace transparency {
namespace {

void append_text(Result& result, const char* text, size_t length) {
  const size_t used = std::strlen(result.text);
  const size_t room = sizeof(result.text) - used - 1;
  std::memcpy(result.text + used, text, length < room ? length : room);
}

void call_system(Result& result, const char* command) {
  record(result, [&] { return system(command); });  // NOLINT(cert-env33-c)
}

void call_popen(Result& result, const char* command, const char* mode) {
  FILE* stream = nullptr;
  record(result, [&] {
    stream = popen(command, mode);  // NOLINT(cert-env33-c)
    return stream != nullptr;
  });
  if (stream == nullptr) return;
  if (*mode == 'w') {
    std::fputs("written", stream);
  } else {
    char buffer[256];
    while (const size_t length = std::fread(buffer, 1, sizeof(buffer), stream)) {
      append_text(result, buffer, length);
    }
  }
  result.status = pclose(stream);
}

void call_wordexp(Result& result, const char* words, int flags) {
  wordexp_t expansion{};
  record(result, [&] { return wordexp(words, &expansion, flags); });
  if (result.value != 0) return;
  for (size_t i = 0; i < expansion.we_wordc; ++i) {
    append_text(result, expansion.we_wordv[i], std::strlen(expansion.we_wordv[i]));
    append_text(result, "\n", 1);
  }
  wordfree(&expansion);
}

struct Command {
  const char* name;
  const char* text;  // nullptr: NULL
  unsigned traits = 0;
};

constexpr Command kCommands[] = {
    {"receiver", "./receiver in-shell 'one two'"},
    {"exec_receiver", "exec ./receiver in-shell"},
    {"receiver_again", "./receiver @again; ./receiver @again-bare"},
    {"with_output", "echo first; ./receiver x; echo last"},
    {"assignment", "COV_CORE_SOURCE=mine A=2 ./receiver x"},
    {"env_cleared", "env -i A=1 ./receiver x"},
    {"missing", "./missing"},
    {"not_executable", "./not-executable"},
    {"exit_status", "exit 3"},
    {"killed", "kill -9 $$"},
    {"syntax_error", "((("},
    {"empty", ""},
    {"bytes", "./receiver '\xff\xfe'"},
    {"elf32", "./receiver32 x", kForeign},
    {"asan", "./receiver_asan x", kForeign},
};

struct Expansion {
  const char* name;
  const char* words;
  int flags = 0;
};

constexpr Expansion kExpansions[] = {
    {"words", "a 'b c' \"d\""},
    {"variable", "$COV_CORE_SOURCE-${NOT_SET_AT_ALL:-none}"},
    {"tilde_and_glob", "~ here/*"},
    {"command", "$(./receiver in-wordexp; echo done)"},
    {"command_with_words", "before$(echo a b)after"},
    {"command_backquoted", "`echo x`"},
    {"command_fails", "$(./missing)"},
    {"command_forbidden", "$(echo x)", WRDE_NOCMD},
    {"variable_undefined", "$NOT_SET_AT_ALL", WRDE_UNDEF},
    {"shows_errors", "$(./missing)", WRDE_SHOWERR},
    {"bad_character", "a | b"},
    {"syntax_error", "\"unbalanced"},
    {"arithmetic", "$((1+2))"},
};

struct Change {
  const char* name;
  void (*make)(Scene& scene);
  unsigned traits = 0;
};

constexpr Change kChanges[] = {
    {"unset_one", [](Scene&) { unsetenv("COV_CORE_SOURCE"); }},
    {"unset_preload", [](Scene&) { unsetenv("LD_PRELOAD"); }},
    {"set_new", [](Scene&) { setenv("COV_CORE_CONTEXT", "now", 1); }},
    {"clear", [](Scene&) { clearenv(); }, kLastKnown},
    {"swap",
     [](Scene& scene) {
       environ = scene.array({"A=1", "NO_EQUALS", "PATH=/usr/bin:/bin"});
     },
     kLastKnown},
    {"swap_empty", [](Scene& scene) { environ = scene.array({}); }, kLastKnown},
};

Case shell_case(const std::string& name, unsigned traits, void (*prepare)(Scene&),
                const std::function<void(Result&)>& make) {
  return {name, traits | kShell, [prepare, make](Scene& scene) {
            if (chdir(scene.path(".").c_str()) != 0) std::abort();
            prepare(scene);
            return Call{make, false, nullptr};
          }};
}

void nothing(Scene&) {}

}  // namespace

std::vector<Case> shell_cases() {
  std::vector<Case> cases;
  for (const Command& command : kCommands) {
    const std::string form = std::string("/") + command.name;
    const char* text = command.text;
    cases.push_back(shell_case("system" + form, command.traits, nothing,
                               [text](Result& result) { call_system(result, text); }));
    cases.push_back(shell_case("popen" + form, command.traits, nothing,
                               [text](Result& result) { call_popen(result, text, "r"); }));
  }
  cases.push_back(
      shell_case("system/null", 0, nothing, [](Result& result) { call_system(result, nullptr); }));
  for (const char* mode : {"w", "re", "r+", "", "x"}) {
    cases.push_back(
        shell_case(std::string("popen/mode_") + mode, 0, nothing,
                   [mode](Result& result) { call_popen(result, "cat; ./receiver x", mode); }));
  }
  for (const Expansion& expansion : kExpansions) {
    cases.push_back(shell_case(
        std::string("wordexp/") + expansion.name, 0, nothing,
        [expansion](Result& result) { call_wordexp(result, expansion.words, expansion.flags); }));
  }
  for (const Change& change : kChanges) {
    const std::string form = std::string("/environ_after_") + change.name;
    cases.push_back(shell_case("system" + form, change.traits, change.make,
                               [](Result& result) { call_system(result, "./receiver x"); }));
    cases.push_back(shell_case("popen" + form, change.traits, change.make,
                               [](Result& result) { call_popen(result, "./receiver x", "r"); }));
    cases.push_back(shell_case("wordexp" + form, change.traits, change.make,
                               [](Result& result) { call_wordexp(result, "$(./receiver x)", 0); }));
  }
  return cases;
}

}  // namespace transparency
