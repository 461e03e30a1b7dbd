// SPDX-License-Identifier: MIT
#include "wrapper/common/output_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <system_error>

namespace covenv {

std::string problem_of_output_file(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode) || S_ISCHR(status.st_mode)) {
    return "";
  }
  std::error_code error;
  if (std::filesystem::canonical(path, error).empty()) return "";
  const char* const kind = S_ISDIR(status.st_mode)    ? "a folder"
                           : S_ISFIFO(status.st_mode) ? "a FIFO"
                           : S_ISSOCK(status.st_mode) ? "a socket"
                                                      : "a block device";
  return std::string("this is ") + kind + "; name a file";
}

}  // namespace covenv
