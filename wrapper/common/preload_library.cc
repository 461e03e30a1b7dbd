// SPDX-License-Identifier: MIT
#include "wrapper/common/preload_library.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "shim/core/preload.h"
#include "shim/proc/executable_file.h"

namespace covenv {

namespace {

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

bool add_to_preload(const std::string& path) {
  const Preload ours{.path = path, .wanted = true};
  const char* const list = std::getenv("LD_PRELOAD");
  const std::string_view before = list != nullptr ? list : "";
  std::string edited(edit_preload(before, ours, nullptr), '\0');
  edit_preload(before, ours, edited.data());
  return setenv("LD_PRELOAD", edited.c_str(), 1) == 0;
}

/// True if an entry of LD_PRELOAD leads to this very file, by a link of a covenv above this one.
bool is_preloaded(const std::string& library) {
  const char* const list = std::getenv("LD_PRELOAD");
  std::istringstream entries(list != nullptr ? list : "");
  for (std::string entry; std::getline(entries, entry, ':');) {
    std::error_code error;
    if (std::filesystem::equivalent(entry, library, error)) return true;
  }
  return false;
}

/// The class and the machine of an ELF file; {} if it is none.
std::pair<int, int> machine_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  Elf64_Ehdr header = {};
  file.read(reinterpret_cast<char*>(&header), sizeof(header));
  if (!file || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return {};
  return {header.e_ident[EI_CLASS], header.e_machine};
}

}  // namespace

std::vector<std::string> library_candidates() {
  const std::string name = "/libcovenv.so";
  std::vector<std::string> candidates;
  std::string binary(PATH_MAX, '\0');
  const ssize_t size = readlink("/proc/self/exe", binary.data(), binary.size());
  if (size > 0) {
    binary.resize(static_cast<std::size_t>(size));
    const std::string prefix(parent_of(parent_of(binary)));
    for (const char* const folder : {COVENV_LIBRARY_FOLDERS}) {
      candidates.push_back(std::string(prefix).append("/").append(folder).append(name));
    }
  }
  candidates.push_back(COVENV_INSTALL_LIBDIR + name);
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

bool preload_in_children(const std::string& library, std::unique_ptr<LibraryLink>& link) {
  if (fits_ld_preload(library)) return add_to_preload(library);
  if (is_preloaded(library)) return true;
  link = std::make_unique<LibraryLink>(library);
  return !link->path().empty() && add_to_preload(link->path());
}

std::optional<Obstacle> obstacle_to_loading(const std::string& library) {
  const int file = open(library.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Obstacle{std::strerror(errno), "let this user read the file"};
  void* const mapped = mmap(nullptr, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
  const int error = mapped == MAP_FAILED ? errno : 0;
  if (error == 0) munmap(mapped, 1);
  close(file);
  if (error != 0) {
    return Obstacle{std::strerror(error),
                    "move covenv to a file system that is not mounted noexec"};
  }
  if (machine_of(library.c_str()) != machine_of("/proc/self/exe")) {
    return Obstacle{"the file is no library for this machine", "reinstall covenv"};
  }
  return std::nullopt;
}

Preloaded preload_library(Lifetime lifetime) {
  const std::string library = find_library();
  if (library.empty()) {
    std::string places;
    for (const std::string& candidate : library_candidates()) {
      places += (places.empty() ? "" : ", ") + candidate;
    }
    return {"",
            "libcovenv.so is missing; build it with `cmake --build --preset release`, or "
            "reinstall. Looked for: " +
                places};
  }
  if (const std::optional<Obstacle> obstacle = obstacle_to_loading(library)) {
    return {library, library + " cannot be loaded: " + obstacle->why + ": " + obstacle->fix};
  }
  if (lifetime == Lifetime::kForGood && !fits_ld_preload(library)) {
    return {library, "LD_PRELOAD cannot express the path " + library +
                         ": use `covenv run`, or install covenv in a path without blanks, colons "
                         "and dollar signs"};
  }
  Preloaded preloaded = {library, ""};
  if (!preload_in_children(library, preloaded.link)) {
    preloaded.problem = "LD_PRELOAD cannot express the path " + library +
                        ", and no link can be made in /dev/shm, $XDG_RUNTIME_DIR or /tmp; install "
                        "covenv in a path without blanks, colons and dollar signs";
  }
  return preloaded;
}

bool command_can_load_it(const char* command) {
  const Image image =
      image_of({.dirfd = AT_FDCWD, .path = command, .search = true, .in_place = true}, environ);
  return may_load_us(image);
}

}  // namespace covenv
