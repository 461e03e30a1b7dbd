// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "shim/core/carry.h"

namespace covenv::testing {

/// A NULL-terminated environment. Each entry and the array itself have a heap block of exactly
/// their size, so that AddressSanitizer sees the first byte read beyond.
class EnvironmentVector {
 public:
  EnvironmentVector() = default;
  EnvironmentVector(std::initializer_list<std::string_view> entries) {
    for (const std::string_view entry : entries) add(entry);
  }
  template <typename Range>
  static EnvironmentVector of(const Range& entries) {
    EnvironmentVector made;
    for (const auto& entry : entries) made.add(entry);
    return made;
  }

  const char* const* get() {
    array_ = std::make_unique<const char*[]>(texts_.size() + 1);
    for (std::size_t i = 0; i < texts_.size(); ++i) array_[i] = texts_[i].get();
    return array_.get();
  }
  const char* at(std::size_t i) const { return texts_[i].get(); }
  std::size_t size() const { return texts_.size(); }

  /// All entries as carried entries, whatever their names.
  Carried as_carried() const& {
    Carried carried;
    for (const auto& text : texts_) carried.add(text.get());
    return carried;
  }
  Carried as_carried() const&& = delete;  // the entries are borrowed

 private:
  void add(std::string_view entry) {
    auto text = std::make_unique<char[]>(entry.size() + 1);
    entry.copy(text.get(), entry.size());
    texts_.push_back(std::move(text));
  }

  std::vector<std::unique_ptr<char[]>> texts_;
  std::unique_ptr<const char*[]> array_;
};

}  // namespace covenv::testing
