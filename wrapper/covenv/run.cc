// SPDX-License-Identifier: MIT
#include "run.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

#include "core/settings.h"
#include "exit_codes.h"
#include "wrapper/library.h"

namespace covenv {
namespace {

void report_bad_settings() {
  Settings settings;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::optional<SettingProblem> problem = apply_setting(settings, *entry);
    if (!problem) continue;
    const std::string variable(problem->variable);
    const std::string value(problem->value);
    const std::string mend(problem->mend);
    std::fprintf(stderr, "covenv: %s=%s makes no sense and is not used: %s\n", variable.c_str(),
                 value.c_str(), mend.c_str());
  }
}

int fail_without_library() {
  std::string places;
  for (const std::string& candidate : library_candidates()) {
    places += "\n  " + candidate;
  }
  std::fprintf(
      stderr,
      "covenv: libcovenv.so is missing; build it with `cmake --build --preset release`, or "
      "reinstall. Looked for:%s\n",
      places.c_str());
  return kExitFailure;
}

}  // namespace

int run(std::vector<std::string> command) {
  report_bad_settings();
  const std::string library = find_library();
  if (library.empty()) return fail_without_library();
  if (!preload_in_children(library)) {
    std::fprintf(stderr,
                 "covenv: LD_PRELOAD cannot express the path %s: move covenv to one without blanks "
                 "and colons\n",
                 library.c_str());
    return kExitFailure;
  }

  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& argument : command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  const int error = errno;
  std::fprintf(stderr, "covenv: cannot run %s: %s\n", argv[0], std::strerror(error));
  return error == ENOENT ? kExitNotFound : kExitNotExecutable;
}

}  // namespace covenv
