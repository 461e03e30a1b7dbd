// SPDX-License-Identifier: MIT
#include "wrapper/common/preload_library.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "shim/core/preload.h"
#include "shim/proc/executable_file.h"

namespace covenv {

namespace {

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace

std::vector<std::string> library_candidates() {
  const std::string name = "/libcovenv.so";
  const std::string_view installed = COVENV_INSTALL_LIBDIR;
  std::vector<std::string> candidates;
  std::string binary(PATH_MAX, '\0');
  const ssize_t size = readlink("/proc/self/exe", binary.data(), binary.size());
  if (size > 0) {
    binary.resize(static_cast<std::size_t>(size));
    const std::string prefix(parent_of(parent_of(binary)));
    const std::string folder(installed.substr(parent_of(installed).size()));
    candidates.push_back(prefix + "/lib" + name);
    // Debian's lib/x86_64-linux-gnu, Fedora's lib64.
    candidates.push_back(prefix + "/lib" + folder + name);
    candidates.push_back(prefix + folder + name);
  }
  candidates.push_back(std::string(installed) + name);
  return candidates;
}

std::string find_library() {
  for (const std::string& candidate : library_candidates()) {
    char* const found = realpath(candidate.c_str(), nullptr);
    if (found == nullptr) continue;
    std::string path = found;
    std::free(found);
    return path;
  }
  return "";
}

bool preload_in_children(const std::string& library) {
  if (library.find_first_of(" :") != std::string::npos) return false;
  const Preload ours{.path = library, .wanted = true};
  const char* const list = std::getenv("LD_PRELOAD");
  const std::string_view before = list != nullptr ? list : "";
  std::string edited(edit_preload(before, ours, nullptr), '\0');
  edit_preload(before, ours, edited.data());
  return setenv("LD_PRELOAD", edited.c_str(), 1) == 0;
}

std::string why_not_mapped(const std::string& library) {
  const int file = open(library.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::strerror(errno);
  void* const mapped = mmap(nullptr, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
  std::string why = mapped == MAP_FAILED ? std::strerror(errno) : "";
  if (mapped != MAP_FAILED) munmap(mapped, 1);
  close(file);
  return why;
}

Preloaded preload_library() {
  const std::string library = find_library();
  if (library.empty()) {
    std::string places;
    for (const std::string& candidate : library_candidates()) places += "\n  " + candidate;
    return {"",
            "libcovenv.so is missing; build it with `cmake --build --preset release`, or "
            "reinstall. Looked for:" +
                places};
  }
  if (const std::string why = why_not_mapped(library); !why.empty()) {
    return {library, library + " cannot be loaded: " + why +
                         ": move covenv to a file system that is not mounted noexec"};
  }
  if (!preload_in_children(library)) {
    return {library, "LD_PRELOAD cannot express the path " + library +
                         ": move covenv to one without blanks and colons"};
  }
  return {library, ""};
}

bool command_can_load_it(const char* command) {
  const Image image =
      image_of({.dirfd = AT_FDCWD, .path = command, .search = true, .in_place = true}, environ);
  return may_load_us(image);
}

}  // namespace covenv
