// SPDX-License-Identifier: MIT
#include "wrapper/common/draft_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

namespace covenv {

std::string make_draft(const std::string& path, mode_t rights) {
  std::string name = path + ".XXXXXX";
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) return "";
  // mkostemp() gives rights to the owner alone.
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(fd, rights & ~mask);
  close(fd);
  return name;
}

}  // namespace covenv
