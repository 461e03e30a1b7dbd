// SPDX-License-Identifier: MIT
#include "wrapper/common/message.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "wrapper/common/exit_codes.h"
#include "wrapper/common/printable.h"

namespace covenv {

namespace {

const char* program_name = "sigforward";

}  // namespace

void set_program_name(const char* name) { program_name = name; }

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void complain(std::string_view text) {
  std::string line = program_name;
  line += ": ";
  line += printable(text, std::string_view::npos);
  line += '\n';
  write_all(STDERR_FILENO, line);
}

void die_with_errno(const char* what) {
  const int error = errno;
  complain(std::string("cannot ") + what + ": " + std::strerror(error));
  _exit(kExitFailure);
}

}  // namespace covenv
