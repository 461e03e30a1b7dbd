// SPDX-License-Identifier: MIT
#include "library.h"

#include <string_view>
#include <system_error>

namespace covenv {

std::vector<std::filesystem::path> library_candidates() {
  namespace fs = std::filesystem;
  constexpr std::string_view kName = "libcovenv.so";
  const fs::path installed = COVENV_INSTALL_LIBDIR;
  std::vector<fs::path> candidates;
  std::error_code error;
  const fs::path binary = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path prefix = binary.parent_path().parent_path();
    candidates.push_back(prefix / "lib" / kName);
    // Debian's lib/x86_64-linux-gnu, Fedora's lib64.
    if (installed.has_filename()) {
      candidates.push_back(prefix / "lib" / installed.filename() / kName);
      candidates.push_back(prefix / installed.filename() / kName);
    }
  }
  candidates.push_back(installed / kName);
  return candidates;
}

}  // namespace covenv
