// SPDX-License-Identifier: MIT
#include "wrapper/supervise/processes/traceable.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace covenv::supervise {
namespace {

bool is_executable_file(const std::string& path) {
  struct stat found = {};
  return stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
         access(path.c_str(), X_OK) == 0;
}

/// As execvp() finds it; empty if there is none.
std::string find_command(std::string_view command) {
  if (command.find('/') != std::string_view::npos) return std::string(command);
  const char* const variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "/bin:/usr/bin";
  for (bool more = true; more;) {
    const std::size_t colon = rest.find(':');
    more = colon != std::string_view::npos;
    const std::string_view folder = rest.substr(0, colon);
    if (more) rest.remove_prefix(colon + 1);
    std::string path = std::string(folder.empty() ? "." : folder) + '/' + std::string(command);
    if (is_executable_file(path)) return path;
  }
  return "";
}

/// A whole file, as long as the object lives; nothing if it cannot be mapped.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat found = {};
    if (file >= 0 && fstat(file, &found) == 0 && found.st_size > 0) {
      size_ = static_cast<std::size_t>(found.st_size);
      address_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    }
    if (file >= 0) close(file);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() {
    if (address_ != MAP_FAILED) munmap(address_, size_);
  }

  std::span<const char> bytes() const {
    if (address_ == MAP_FAILED) return {};
    return {static_cast<const char*>(address_), size_};
  }

 private:
  void* address_ = MAP_FAILED;
  std::size_t size_ = 0;
};

template <typename T>
bool load(std::span<const char> file, std::uint64_t at, T& value) {
  if (at > file.size() || file.size() - at < sizeof(value)) return false;
  std::memcpy(&value, file.data() + at, sizeof(value));
  return true;
}

/// The strings of the dynamic symbols and of the needed libraries.
std::string_view dynamic_strings(std::span<const char> file) {
  Elf64_Ehdr header = {};
  if (!load(file, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return {};
  const auto section = [&](std::size_t index, Elf64_Shdr& into) {
    return load(file, header.e_shoff + index * sizeof(into), into);
  };
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr symbols = {};
    Elf64_Shdr strings = {};
    if (!section(i, symbols)) return {};
    if (symbols.sh_type != SHT_DYNSYM || !section(symbols.sh_link, strings)) continue;
    if (strings.sh_offset > file.size() || file.size() - strings.sh_offset < strings.sh_size) {
      return {};
    }
    return {file.data() + strings.sh_offset, strings.sh_size};
  }
  return {};
}

}  // namespace

bool loses_privileges(const char* command) {
  if (geteuid() == 0) return false;
  const std::string path = find_command(command);
  struct stat found = {};
  if (path.empty() || stat(path.c_str(), &found) != 0) return false;
  if ((found.st_mode & S_ISUID) != 0 && found.st_uid != geteuid()) return true;
  if ((found.st_mode & S_ISGID) != 0 && found.st_gid != getegid()) return true;
  return getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
}

bool has_leak_sanitizer(pid_t pid) {
  const MappedFile file("/proc/" + std::to_string(pid) + "/exe");
  const std::string_view strings = dynamic_strings(file.bytes());
  for (const std::string_view sign : {"__asan_", "__lsan_", "libasan.so", "liblsan.so"}) {
    if (strings.find(sign) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace covenv::supervise
