// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/surroundings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "shim/core/executable.h"
#include "wrapper/common/base_name.h"
#include "wrapper/common/settings.h"
#include "wrapper/covenv/doctor/compiled.h"
#include "wrapper/covenv/programs/find_program.h"

namespace covenv::doctor {
namespace {

std::size_t read_at(void* context, std::uint64_t offset, std::span<char> into) {
  auto* const file = static_cast<std::ifstream*>(context);
  file->clear();
  file->seekg(static_cast<std::streamoff>(offset));
  file->read(into.data(), static_cast<std::streamsize>(into.size()));
  return static_cast<std::size_t>(file->gcount());
}

/// Of the file itself. The library's image_of() follows "#!", which would lead to wrong findings
/// here: the Python of a script is checked as the interpreter, a Python that is a script (a shim of
/// pyenv) only starts another one, in which the probe runs, and a static shell hands the library
/// and the variables on to what it starts.
Image image_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Image::kUnreadable;
  ImageReport report;
  inspect_executable({.context = &file, .read_at = read_at}, report);
  return report.image;
}

void check_image(const std::string& path, bool is_interpreter, Findings& findings) {
  const Image image = image_of(path);
  const std::string name(base_name(path));
  const Level level = is_interpreter ? Level::kError : Level::kWarning;
  if (image == Image::kForeign) {
    findings.push_back(
        {level, "program-foreign",
         name + " is built for another machine or word size: the library cannot be loaded into it",
         path, "build or install it for the machine that covenv is built for"});
  } else if (image == Image::kStatic && is_interpreter) {
    findings.push_back({level, "program-static",
                        name + " is static: the library cannot be loaded into it", path,
                        "use a Python that is linked dynamically"});
  } else if (image == Image::kStatic) {
    findings.push_back({level, "program-static",
                        name + " is static: what it starts or kills itself is not seen", path,
                        "link it dynamically, or start it by: sigforward -- " + name});
  } else if (image == Image::kWantsFirst) {
    findings.push_back({level, "program-sanitised",
                        name + " has a sanitiser's runtime that insists on being loaded first",
                        path, "link the runtime statically (gcc: -static-libasan)"});
  }
}

void check_identity(const std::string& path, Findings& findings) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return;
  const bool other_user = (status.st_mode & S_ISUID) != 0 && status.st_uid != geteuid();
  const bool other_group = (status.st_mode & S_ISGID) != 0 && status.st_gid != getegid();
  if (!other_user && !other_group) return;
  findings.push_back(
      {Level::kWarning, "program-setuid",
       std::string(base_name(path)) + " runs as another " + (other_user ? "user" : "group") +
           ": the loader drops the library there",
       path,
       std::string("test a copy without the bit: chmod ") + (other_user ? "u-s " : "g-s ") + path});
}

}  // namespace

void check_settings(const char* const* entries, Findings& findings) {
  const Settings settings = settings_of(entries, [&](const SettingProblem& problem) {
    findings.push_back({Level::kWarning, "setting",
                        std::string(problem.variable) + "=" + std::string(problem.value) +
                            " makes no sense and is not used",
                        "environment", std::string(problem.fix)});
  });
  if (settings.disabled) {
    findings.push_back({Level::kError, "disabled", "COVENV_DISABLE switches covenv off",
                        "environment", "unset COVENV_DISABLE"});
  }
  if (settings.kill == KillMode::kOff) {
    findings.push_back({Level::kWarning, "kill-off",
                        "COVENV_KILL=off: a killed process without a journal saves nothing",
                        "environment", "unset COVENV_KILL"});
  }
  if (!settings.carry.matches("COVERAGE_PROCESS_CONFIG") ||
      !settings.carry.matches("COV_CORE_SOURCE")) {
    findings.push_back({Level::kError, "carry", "COVENV_CARRY leaves out coverage's own variables",
                        "environment", "unset COVENV_CARRY, or put COV* into it"});
  }
}

void check_preload_list(std::string_view list, Findings& findings) {
  while (!list.empty()) {
    const std::size_t end = list.find_first_of(" :");
    const std::string entry(list.substr(0, end));
    list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
    // Without a slash the loader searches its own folders; $LIB and the like are its own as well.
    if (entry.find('/') == std::string::npos || entry.find('$') != std::string::npos) continue;
    if (access(entry.c_str(), R_OK) == 0) continue;
    findings.push_back(
        {Level::kWarning, "preload-broken",
         "LD_PRELOAD names " + entry + ", which is not there: every program complains on stderr",
         "environment", "take it out of LD_PRELOAD"});
  }
}

void check_command(const Words& command, uid_t user, Findings& findings) {
  if (command.empty()) return;
  const std::string_view first = base_name(command.front());
  const auto has = [&](std::string_view word) {
    return std::find(command.begin(), command.end(), word) != command.end();
  };
  if (first == "sudo" && user != 0) {
    findings.push_back({Level::kError, "preload-sudo",
                        "sudo drops LD_PRELOAD and the coverage variables (env_reset)",
                        command.front(), "put covenv behind it: sudo covenv run -- ..."});
  } else if (first == "snap" || find_program(command.front()).starts_with("/snap/")) {
    findings.push_back({Level::kError, "preload-snap",
                        "a snap sees no file of this machine, so no library", command.front(),
                        "use a Python that is no snap"});
  } else if ((first == "docker" || first == "podman" || first == "nerdctl" || first == "kubectl") &&
             (has("run") || has("exec"))) {
    findings.push_back({Level::kError, "preload-container",
                        "what runs in a container has neither the library nor these variables",
                        command.front(),
                        "install covenv in the image, and put it inside: " + std::string(first) +
                            " ... covenv run -- pytest ..."});
  }
}

void check_program(const std::string& path, bool is_interpreter, Findings& findings) {
  // No finding that a program with counters is static, because its killer reads these all the same.
  const bool has_counters = !is_interpreter && check_counters(path, findings);
  if (!has_counters) check_image(path, is_interpreter, findings);
  check_identity(path, findings);
}

}  // namespace covenv::doctor
