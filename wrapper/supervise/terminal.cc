// SPDX-License-Identifier: MIT
#include "wrapper/supervise/terminal.h"

#include <fcntl.h>
#include <unistd.h>

namespace covenv::supervise {

Terminal::Terminal() : fd_(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) {}

Terminal::~Terminal() {
  if (fd_ >= 0) close(fd_);
}

bool Terminal::is_with(pid_t group) const { return exists() && tcgetpgrp(fd_) == group; }

bool Terminal::is_ours() const { return is_with(getpgrp()); }

bool Terminal::is_ours_to_give() const { return getpgrp() == getpid() && is_ours(); }

void Terminal::give_to(pid_t group) const { tcsetpgrp(fd_, group); }

void Terminal::take_back_from(pid_t group) const {
  if (is_with(group)) tcsetpgrp(fd_, getpgrp());
}

}  // namespace covenv::supervise
