// SPDX-License-Identifier: MIT
// Go programs that lie. Words replace the words of a sound program's file and memory: the first
// byte chooses the program, then come places and values. The rest are the counters, which change
// while they are read.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "fuzz.h"
#include "go_image.h"
#include "shim/counters/go_counters_file.h"

namespace {

using covenv::GoCounters;
using covenv::GoStage;
using covenv::testing::GoImage;

/// Takes the input apart. At its end there are zeros.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  template <typename T>
  T take() {
    T value = {};
    const std::size_t size = std::min(sizeof(value), size_);
    std::memcpy(&value, data_, size);
    data_ += size;
    size_ -= size;
    return value;
  }

  std::string rest() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

/// Bytes of which each read but the first changes a word.
class LyingBytes {
 public:
  LyingBytes(std::string bytes, std::uint64_t base, std::string changes)
      : bytes_(std::move(bytes)), base_(base), changes_(std::move(changes)) {}

  covenv::ByteSource source() {
    return {.context = this,
            .read_bytes = [](void* context, std::uint64_t at, std::span<char> into) {
              return static_cast<LyingBytes*>(context)->copy(at, into);
            }};
  }

  std::size_t reads() const { return reads_; }

 private:
  bool copy(std::uint64_t at, std::span<char> into) {
    ++reads_;
    if (at < base_ || at - base_ > bytes_.size() || into.size() > bytes_.size() - (at - base_)) {
      return false;
    }
    std::memcpy(into.data(), &bytes_[at - base_], into.size());
    if (!changes_.empty() && !into.empty()) {
      const auto change = static_cast<std::uint8_t>(changes_[reads_ % changes_.size()]);
      bytes_[at - base_ + change % into.size()] = static_cast<char>(change >> 6U);
    }
    return true;
  }

  std::string bytes_;
  std::uint64_t base_;
  std::string changes_;
  std::size_t reads_ = 0;
};

void lie(std::string& bytes, Input& input) {
  const auto place = input.take<std::uint16_t>();
  const auto value = input.take<std::uint64_t>();
  const std::size_t at = place % (bytes.size() - sizeof(value)) & ~std::size_t{7};
  std::memcpy(&bytes[at], &value, sizeof(value));
}

/// A block of exactly this size: the first byte beyond is an error.
struct Block {
  explicit Block(std::size_t block_size)
      : bytes(std::make_unique<char[]>(block_size)), size(block_size) {}
  std::span<char> span() const { return {bytes.get(), size}; }
  std::unique_ptr<char[]> bytes;
  std::size_t size;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const auto kind = input.take<std::uint8_t>();
  GoImage image = {.has_symbols = (kind & 1U) != 0,
                   .is_before_1_23 = (kind & 2U) != 0,
                   .version = (kind & 4U) != 0 ? "go1.22" : "go1.26",
                   .module_section = (kind & 8U) != 0 ? ".go.module" : ".noptrdata",
                   .counters = {0, 2, 1, 5, 0, 300, 0, 1, 2, 0, 1},
                   .fixed_ids = {-1, -3, -1}};
  const auto lies = input.take<std::uint8_t>();
  const auto counters = input.take<std::uint8_t>();
  for (unsigned i = 0; i < counters % 64U; ++i) {
    image.counters.push_back((kind & 16U) != 0 ? input.take<std::uint32_t>()
                                               : input.take<std::uint8_t>() % 5U);
  }
  std::string file = image.file();
  std::string memory = image.memory();
  for (unsigned i = 0; i < lies % 8U; ++i) lie((lies & 8U) != 0 ? file : memory, input);
  const std::string rest = input.rest();
  const bool is_changing = (kind & 32U) != 0;

  covenv::testing::Bytes file_bytes(file);
  LyingBytes memory_bytes(memory, GoImage::kBias + GoImage::kModule, is_changing ? rest : "");
  const Block elf_room(covenv::ElfFile::kRoom);
  const covenv::ElfFile elf(file_bytes.source(), elf_room.span());
  const covenv::LoadedObject object = {elf, memory_bytes.source(), GoImage::kBias};
  // The smallest room that is told, and an odd one.
  const Block room((kind & 64U) != 0 ? covenv::kGoFindRoom : 1237);
  GoCounters found;
  const GoStage stage = covenv::find_go_counters(object, room.span(), found);
  require(memory_bytes.reads() <= 700, "the search makes few reads");
  if (stage < GoStage::kMeasuring) return 0;
  require(found.words != 0 && found.words <= GoCounters::kMostWords, "there are counters");
  require(found.package_count != 0, "there are packages");

  char folder[16];
  if (covenv::read_go_folder(found, memory_bytes.source(), folder)) {
    require(found.folder_size != 0 && found.folder_size <= sizeof(folder), "the folder fits");
  }
  covenv::go_ending_by(found, memory_bytes.source(), kind);
  char name[covenv::kMostGoFileName];
  const auto file_name = covenv::go_counters_file_name(found, ~0U, ~std::uint64_t{0}, name);
  require(file_name.size() < sizeof(name) && name[file_name.size()] == '\0', "a name fits");

  if (found.words > 65536) return 0;
  const std::size_t reads_before = memory_bytes.reads();
  const Block file_room(covenv::go_file_room(found, rest));
  covenv::testing::Written written;
  if (!covenv::write_go_counters(found, memory_bytes.source(), rest, written.sink(),
                                 file_room.span())) {
    require(written.text().empty(), "nothing is written if memory lies");
  } else {
    const std::string& text = written.text();
    require(text.size() >= 64 && text.starts_with(std::string("\0cwm\1", 5)), "a header");
    require(text.ends_with(std::string("\0cwm\0\0\0\0\1\0\0\0\0\0\0\0", 16)), "a footer");
  }
  require(memory_bytes.reads() - reads_before <= 64, "writing makes few reads");
  return 0;
}
