// SPDX-License-Identifier: MIT
#include "shim/core/preload.h"

namespace covenv {
namespace {

constexpr bool is_separator(char byte) { return byte == ':' || byte == ' '; }

std::string_view basename_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  return path;
}

/// Compares base names, so that our library by another path and another build of it count as ours,
/// because two of them must not be in one process.
bool is_ours(std::string_view item, const Preload& preload) {
  return basename_of(item) == basename_of(preload.path);
}

/// A relative path is valid only in the directory that it was written for.
bool is_stale(std::string_view item) {
  return item.front() != '/' && item.find('/') != std::string_view::npos;
}

/// Calls visit(separators, item) for each item, and with an empty item for separators at the end.
template <typename Visit>
void for_each_preload(std::string_view list, Visit visit) {
  while (!list.empty()) {
    std::size_t start = 0;
    while (start < list.size() && is_separator(list[start])) ++start;
    std::size_t end = start;
    while (end < list.size() && !is_separator(list[end])) ++end;
    visit(std::string_view(list.data(), start), std::string_view(list.data() + start, end - start));
    list.remove_prefix(end);
  }
}

class Writer {
 public:
  explicit Writer(char* out) : out_(out) {}

  void write(std::string_view bytes) {
    if (out_ != nullptr) {
      for (const char byte : bytes) out_[size_++] = byte;
    } else {
      size_ += bytes.size();
    }
  }

  std::size_t size() const { return size_; }

 private:
  char* out_;
  std::size_t size_ = 0;
};

}  // namespace

bool fits_ld_preload(std::string_view path) {
  return path.find_first_of(": \t\n\v\f\r$") == std::string_view::npos;
}

PreloadEdit plan_preload(std::string_view list, const Preload& preload) {
  // An explicit empty list is an opt-out, as an empty value is everywhere.
  if (list.empty() || preload.path.empty()) return PreloadEdit::kKeep;
  bool ours = false;
  bool ours_is_stale = false;
  bool others = false;
  for_each_preload(list, [&](std::string_view, std::string_view item) {
    if (item.empty()) return;
    if (is_ours(item, preload)) {
      ours = true;
      ours_is_stale = ours_is_stale || (is_stale(item) && preload.path.front() == '/');
    } else {
      others = true;
    }
  });
  if (preload.wanted) {
    return ours && !ours_is_stale ? PreloadEdit::kKeep : PreloadEdit::kRewrite;
  }
  if (!ours) return PreloadEdit::kKeep;
  return others ? PreloadEdit::kRewrite : PreloadEdit::kDrop;
}

std::size_t edit_preload(std::string_view list, const Preload& preload, char* out) {
  Writer writer(out);
  bool written = false;
  bool dropped = false;
  for_each_preload(list, [&](std::string_view separators, std::string_view item) {
    const bool ours = !item.empty() && is_ours(item, preload);
    if (ours && (!preload.wanted || written)) {
      dropped = true;
      return;
    }
    // If our entry stood first and is dropped, the separators behind it are dropped, too.
    if (writer.size() != 0 || !dropped) writer.write(separators);
    writer.write(ours ? preload.path : item);
    written = written || ours;
  });
  if (preload.wanted && !written) {
    if (writer.size() != 0) writer.write(":");
    writer.write(preload.path);
  }
  return writer.size();
}

}  // namespace covenv
