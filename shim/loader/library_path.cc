// SPDX-License-Identifier: MIT
#include "shim/loader/library_path.h"

#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/errno.h>
#include <unistd.h>

#include "shim/core/preload.h"
#include "shim/loader/loaded_objects.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

char storage[PATH_MAX];

/// `relative` below the current directory, in `storage`; `relative` itself if that is impossible.
std::string_view made_absolute(std::string_view relative) {
  const long with_nul = raw_syscall(SYS_getcwd, to_register(storage), sizeof(storage));
  // For a directory outside of our root the kernel gives "(unreachable)/...".
  if (with_nul < 2 || storage[0] != '/') return relative;
  auto size = static_cast<std::size_t>(with_nul - 1);
  if (storage[size - 1] != '/') storage[size++] = '/';
  if (relative.starts_with("./")) relative.remove_prefix(2);
  if (relative.size() >= sizeof(storage) - size) return relative;
  for (const char byte : relative) storage[size++] = byte;
  return {storage, size};
}

}  // namespace

std::string_view own_path() {
  const link_map* const object = own_object();
  if (object == nullptr || object->l_name == nullptr) return "";
  const std::string_view loaded_from(object->l_name);
  if (loaded_from.starts_with("/") || loaded_from.find('/') == std::string_view::npos) {
    return loaded_from;
  }
  const std::string_view absolute = made_absolute(loaded_from);
  return fits_ld_preload(absolute) ? absolute : loaded_from;
}

bool can_be_loaded(std::string_view own_path) {
  // The loader searches for a mere name.
  if (!own_path.starts_with('/')) return true;
  const long result = raw_syscall(SYS_faccessat, AT_FDCWD, to_register(own_path.data()), R_OK);
  return result != -EACCES && result != -ENOENT && result != -ENOTDIR && result != -ELOOP;
}

}  // namespace covenv
