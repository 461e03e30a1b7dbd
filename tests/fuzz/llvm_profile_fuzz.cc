// SPDX-License-Identifier: MIT
// Bytes -> a program with LLVM's counters whose file, memory and older profile lie, and a pattern;
// then what has to hold: nothing beyond a room, sizes as announced, and sums of what is merged.
#include <memory>
#include <string>
#include <vector>

#include "fuzz.h"
#include "llvm_image.h"
#include "shim/counters/llvm_raw_file.h"
#include "shim/counters/profile_name.h"

namespace covenv {
namespace {

using testing::Bytes;
using testing::LlvmImage;

/// Takes numbers from the input; zeros behind its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  std::uint8_t byte() { return at_ < size_ ? data_[at_++] : std::uint8_t{0}; }
  std::uint16_t word() { return static_cast<std::uint16_t>(byte() | byte() << 8); }
  bool is_at_end() const { return at_ >= size_; }
  std::string rest() {
    std::string text(reinterpret_cast<const char*>(data_) + at_, size_ - at_);
    at_ = size_;
    return text;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

LlvmImage image_of(Input& input) {
  constexpr const char* kComments[] = {"clang version 14.0.6", "rustc version 1.80.0",
                                       "clang version 19.1.7", "clang version 4294967314."};
  LlvmImage image;
  const std::uint8_t flags = input.byte();
  image.version = 8 + flags % 3U;
  if ((flags & 4U) != 0) image.version |= kLlvmByteCoverage;
  image.has_symbols = (flags & 8U) == 0;
  image.comment = kComments[flags >> 4U & 3U];
  if ((flags & 64U) != 0) image.functions[0].bitmap = "bits";
  if ((flags & 128U) != 0) image.functions.resize(1100, {.name = 3, .counters = {1, 2}});
  return image;
}

/// Writes bytes of the input over bytes of the text, and cuts the text off.
void damage(std::string& text, Input& input) {
  for (std::uint8_t count = input.byte() % 8; count > 0 && !text.empty(); --count) {
    const std::size_t at = input.word() % text.size();
    const std::uint8_t size = input.byte() % 9;
    for (std::size_t i = at; i < at + size && i < text.size(); ++i) {
      text[i] = static_cast<char>(input.byte());
    }
  }
  const std::uint8_t cut = input.byte();
  if (cut > 200) text.resize(text.size() * (255U - cut) / 55U);
}

void check_name(std::string_view pattern, const LlvmProfile& profile, std::string_view build_id) {
  const PatternFacts facts = {.pid = 17,
                              .pid_text = "17",
                              .host = "host",
                              .temporary_folder = "/tmp",
                              .signature = llvm_signature(profile),
                              .build_id = build_id,
                              .knows_build_id = profile.runtime.knows_build_id,
                              .knows_signals = profile.runtime.knows_signals};
  constexpr std::size_t kSize = 60;
  const auto room = std::make_unique<char[]>(kSize);
  const auto name = expand_profile_name(pattern, facts, {room.get(), kSize});
  if (!name) return;
  require(name->text.data() == room.get() && name->text.size() < kSize, "a name fits");
  require(room[name->text.size()] == '\0', "a name ends");
  require(name->text.find('%') == std::string_view::npos || name->text == pattern,
          "no percent sign is left in an expanded name");
}

struct Program {
  std::vector<char> room = std::vector<char>(kLlvmRoom);
  LlvmProfile profile;
};

void check_files(Program& program, const LoadedObject& object, Bytes& older) {
  const LlvmProfile& profile = program.profile;
  const std::uint64_t size = llvm_raw_parts(profile).size;
  testing::Written written;
  const bool is_whole = write_llvm_profile(profile, object, written.sink(), program.room);
  require(written.text().size() <= size, "a profile is not longer than announced");
  require(!is_whole || written.text().size() == size, "a profile is as long as announced");

  const std::uint64_t older_size = older.text().size();
  if (is_mergeable(profile, object, older.source(), older_size, program.room)) {
    testing::Written merged;
    const bool is_merged =
        write_merged_llvm_profile(profile, object, older.source(), merged.sink(), program.room);
    require(is_merged == is_whole, "what is mergeable is merged");
    require(merged.text().size() == written.text().size(), "a merged profile has the same size");
  }
  is_earlier_dump(profile, object, older.source(), 0, older_size, program.room);
  if (!is_whole) return;
  Bytes own(written.text());
  require(is_earlier_dump(profile, object, own.source(), 0, size, program.room),
          "a profile is a dump of its process");
  require((profile.version & kLlvmTemporal) != 0 ||
              is_mergeable(profile, object, own.source(), size, program.room),
          "a profile is mergeable with itself");
}

void check(Input input) {
  const LlvmImage image = image_of(input);
  std::string file = image.bytes();
  Bytes memory(file + std::string(4096 - file.size() % 4096, '\0'), image.base);
  std::string older_text;
  Program program;
  {
    const testing::OpenedElf elf(file);
    const LoadedObject object = {.file = elf.file(), .memory = memory.source(), .bias = image.base};
    if (find_llvm_profile(object, program.room, program.profile)) {
      testing::Written written;
      write_llvm_profile(program.profile, object, written.sink(), program.room);
      older_text = written.text();
    }
  }
  damage(file, input);
  damage(memory.text(), input);
  damage(older_text, input);

  Bytes older(older_text);
  const testing::OpenedElf elf(file);
  const LoadedObject object = {.file = elf.file(), .memory = memory.source(), .bias = image.base};
  if (!find_llvm_profile(object, program.room, program.profile)) return;
  check_files(program, object, older);
  std::vector<char> pattern_room(100);
  std::string_view pattern;
  read_llvm_pattern(program.profile, object, pattern_room, pattern);
  std::vector<char> id_room(24);
  std::string_view build_id;
  read_llvm_build_id(program.profile, object, id_room, build_id);
  check_name(pattern, program.profile, build_id);
  const std::string text = input.rest();
  check_name(std::string_view(text).substr(0, text.find('\0')), program.profile, build_id);
}

}  // namespace
}  // namespace covenv

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  covenv::check(covenv::Input(data, size));
  return 0;
}
