// SPDX-License-Identifier: MIT
#include "shim/counters/go_arguments.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace covenv {
namespace {

#if defined(__aarch64__)
constexpr char kMachine[] = "arm64";
#else
constexpr char kMachine[] = "amd64";
#endif

/// Texts that collide more often are chosen to do so, and may stand in the table twice.
constexpr std::size_t kMostProbes = 64;

std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 0x811c9dc5;
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x01000193;
  return hash;
}

/// The number behind `number` if all numbers below `count` are sorted as texts.
std::size_t next_as_text(std::size_t number, std::size_t count) {
  if (number == 0) return 1;
  if (number * 10 < count) return number * 10;
  while (number % 10 == 9 || number + 1 >= count) number /= 10;
  return number + 1;
}

template <typename T>
std::span<T> taken(std::span<char>& room, std::size_t count) {
  const std::span<T> part(reinterpret_cast<T*>(room.data()), count);
  room = room.subspan(count * sizeof(T));
  return part;
}

}  // namespace

std::size_t GoArguments::count_of(std::span<const char> command_line) {
  const auto ends = std::count(command_line.begin(), command_line.end(), '\0');
  const bool has_open_end = !command_line.empty() && command_line.back() != '\0';
  return static_cast<std::size_t>(ends) + (has_open_end ? 1 : 0);
}

std::size_t GoArguments::most_texts(std::size_t arguments) {
  constexpr std::size_t kFixed = 7;  // "", and three pairs
  return kFixed + 2 * arguments;
}

std::size_t GoArguments::room_for(std::span<const char> command_line) {
  const std::size_t count = count_of(command_line);
  const std::size_t texts = most_texts(count);
  return texts * sizeof(Text) + count * (sizeof(Pair) + sizeof(Key)) +
         std::bit_ceil(2 * texts) * sizeof(std::uint32_t);
}

GoArguments::GoArguments(std::span<const char> command_line, std::span<char> room) {
  const std::size_t count = count_of(command_line);
  texts_ = taken<Text>(room, most_texts(count));
  arguments_ = taken<Pair>(room, count);
  const std::span<Key> keys = taken<Key>(room, count);
  slots_ = taken<std::uint32_t>(room, std::bit_ceil(2 * most_texts(count)));
  std::memset(slots_.data(), 0, slots_.size_bytes());

  add("");
  count_ = add_pair("argc", go_decimal(count, count_digits_));
  for (std::size_t i = 0; i < count; ++i) {
    const void* const end = std::memchr(command_line.data(), 0, command_line.size());
    const std::size_t size =
        end == nullptr
            ? command_line.size()
            : static_cast<std::size_t>(static_cast<const char*>(end) - command_line.data());
    Key& key = keys[i];
    std::array<char, kMostGoDigits> digits;
    const std::string_view number = go_decimal(i, digits);
    std::memcpy(key.data(), "argv", 4);
    std::memcpy(&key[4], number.data(), number.size());
    arguments_[i] = add_pair({key.data(), 4 + number.size()}, {command_line.data(), size});
    command_line = command_line.subspan(std::min(size + 1, command_line.size()));
  }
  os_ = add_pair("GOOS", "linux");
  machine_ = add_pair("GOARCH", kMachine);
}

std::uint32_t GoArguments::add(std::string_view text) {
  const std::uint32_t hash = hash_of(text);
  const std::uint32_t place = text_count_;
  for (std::size_t i = 0; i < kMostProbes; ++i) {
    std::uint32_t& slot = slots_[(hash + i) & (slots_.size() - 1)];
    if (slot == 0) {
      slot = place + 1;
      break;
    }
    const Text& other = texts_[slot - 1];
    if (other.hash == hash && text == std::string_view(other.data, other.size)) return slot - 1;
  }
  texts_[text_count_++] = {
      .data = text.data(), .size = static_cast<std::uint32_t>(text.size()), .hash = hash};
  return place;
}

GoArguments::Pair GoArguments::add_pair(std::string_view key, std::string_view value) {
  const std::uint32_t key_place = add(key);
  return {.key = key_place, .value = add(value)};
}

/// The runtime sorts the pairs by their keys.
template <typename Visit>
void GoArguments::for_each_pair(Visit visit) const {
  visit(machine_);
  visit(os_);
  visit(count_);
  std::size_t number = 0;
  for (std::size_t i = 0; i < arguments_.size(); ++i) {
    if (i != 0) number = next_as_text(number, arguments_.size());
    visit(arguments_[number]);
  }
}

std::uint32_t GoArguments::strings_size() const {
  std::size_t size = uleb_size(text_count_);
  for (const Text& text : texts_.first(text_count_)) size += uleb_size(text.size) + text.size;
  return static_cast<std::uint32_t>(size);
}

std::size_t GoArguments::unpadded_pairs_size() const {
  std::size_t size = 0;
  std::size_t count = 0;
  for_each_pair([&](const Pair& pair) {
    size += uleb_size(pair.key) + uleb_size(pair.value);
    ++count;
  });
  return uleb_size(count) + size;
}

std::uint32_t GoArguments::pairs_size() const {
  const std::size_t strings = strings_size();
  const std::size_t whole = (strings + unpadded_pairs_size() + 3) / 4 * 4;
  return static_cast<std::uint32_t>(whole - strings);
}

void GoArguments::write(GoOutput& output) const {
  output.put_uleb(text_count_);
  for (const Text& text : texts_.first(text_count_)) {
    output.put_uleb(text.size);
    output.put({text.data, text.size});
  }
  constexpr std::size_t kFixedPairs = 3;
  output.put_uleb(kFixedPairs + arguments_.size());
  for_each_pair([&](const Pair& pair) {
    output.put_uleb(pair.key);
    output.put_uleb(pair.value);
  });
  constexpr char kPadding[4] = {};
  output.put({kPadding, pairs_size() - unpadded_pairs_size()});
}

}  // namespace covenv
