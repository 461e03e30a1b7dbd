// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace covenv {

/// Whether the whole of `text` matches `pattern`: '*' is any run of bytes, '?' any one byte.
/// O(pattern x text) at worst, no recursion.
bool glob_match(std::string_view pattern, std::string_view text);

/// Calls visit(item) for each non-empty item of a comma-separated list, blanks around it removed.
template <typename Visit>
constexpr void for_each_item(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view item(list.data(), comma == std::string_view::npos ? list.size() : comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
    while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
    if (!item.empty()) visit(item);
  }
}

/// A comma-separated list of globs, kept by value, so that it outlives the environment.
class GlobList {
 public:
  static constexpr std::size_t kCapacity = 512;

  constexpr GlobList() = default;

  /// Replaces the list. Returns false and changes nothing if `list` is longer than kCapacity.
  constexpr bool assign(std::string_view list) {
    if (list.size() > kCapacity) return false;
    for (std::uint64_t& word : first_bytes_) word = 0;
    for (std::size_t i = 0; i < list.size(); ++i) text_[i] = list[i];
    size_ = list.size();
    const std::size_t special = list.find_first_of("*?, \t");
    const bool is_prefix =
        special != 0 && special != list.npos && special + 1 == list.size() && list[special] == '*';
    prefix_size_ = is_prefix ? special : 0;
    for_each_item(list, [this](std::string_view glob) {
      if (glob.front() == '*' || glob.front() == '?') {
        for (std::uint64_t& word : first_bytes_) word = ~std::uint64_t{0};
        return;
      }
      const auto byte = static_cast<unsigned char>(glob.front());
      first_bytes_[byte >> 6U] |= std::uint64_t{1} << (byte & 63U);
    });
    return true;
  }

  bool matches(std::string_view text) const;

  /// False if no text that starts with this byte can match.
  bool can_start_with(char first) const {
    const auto byte = static_cast<unsigned char>(first);
    return (first_bytes_[byte >> 6U] >> (byte & 63U) & 1U) != 0;
  }

  bool empty() const { return size_ == 0; }

 private:
  std::string_view list() const { return {text_, size_}; }

  char text_[kCapacity] = {};
  std::size_t size_ = 0;
  std::size_t prefix_size_ = 0;  // of the prefix if the list is "prefix*", as by default; else 0
  // The bytes that a match can start with, one bit each: most names of an environment fail here.
  std::uint64_t first_bytes_[4] = {};
};

}  // namespace covenv
