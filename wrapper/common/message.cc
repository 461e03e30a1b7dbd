// SPDX-License-Identifier: MIT
#include "wrapper/common/message.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
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

void print(std::string_view text) {
  if (write_all(STDOUT_FILENO, text)) return;
  throw std::runtime_error(std::string("cannot write to the standard output: ") +
                           std::strerror(errno));
}

void hold_closed_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // The other direction: what the stream is for fails by EBADF. The lowest free number is `fd`.
    const int held = open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
    if (held >= 0 && held != fd) close(held);
  }
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
