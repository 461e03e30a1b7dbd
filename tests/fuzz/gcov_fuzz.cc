// SPDX-License-Identifier: MIT
// A program with gcov's counters of which some words lie, in the file and in memory, and an old
// .gcda file that lies as well.
#include <algorithm>
#include <string>
#include <vector>

#include "fuzz.h"
#include "gcov_image.h"
#include "shim/counters/gcov_data.h"
#include "shim/counters/gcov_name.h"

namespace {

using covenv::testing::FakeUnit;
using covenv::testing::GcovImage;

/// The input, byte by byte: zeros behind its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  std::uint8_t byte() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }
  std::uint32_t number() { return byte() | static_cast<std::uint32_t>(byte()) << 8U; }
  std::string rest() {
    std::string bytes(reinterpret_cast<const char*>(data_), size_);
    size_ = 0;
    return bytes;
  }
  bool is_empty() const { return size_ == 0; }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

/// Sets some words of 32 bits: small, negative, or an address of the image.
void lie(std::string& bytes, Input& input, std::size_t begin, std::size_t range) {
  for (std::size_t count = input.byte() % 8U; count != 0; --count) {
    const std::size_t at = begin + input.number() % range / 4 * 4;
    if (at + 8 > bytes.size()) continue;
    const std::uint8_t kind = input.byte();
    const std::uint32_t number = input.number();
    const std::uint64_t address = GcovImage::kBias + number * std::uint64_t{8};
    const std::uint32_t word = (kind & 1U) != 0 ? 0 - number : number << (kind >> 3U & 15U);
    if ((kind & 6U) == 6U) {
      std::memcpy(&bytes[at], &address, 8);
    } else {
      std::memcpy(&bytes[at], &word, 4);
    }
  }
}

struct Release {
  std::uint32_t version;
  std::uint32_t kinds_count;
  std::uint32_t kinds;
};

constexpr Release kReleases[] = {
    {0x4231332a, 8, 1},     {0x4232322a, 8, 1},      {0x4233332a, 8, 1},
    {0x4234322a, 9, 0x101}, {0x4235322a, 10, 0x301}, {0x4232322a, 8, 0x89},
};

FakeUnit unit_of(const Release& release, const char* name) {
  FakeUnit unit = {.version = release.version,
                   .kinds_count = release.kinds_count,
                   .kinds = release.kinds,
                   .name = name};
  for (std::uint32_t i = 0; i < 3; ++i) {
    covenv::testing::FakeFunction function = {.ident = i, .is_own = i != 1};
    for (std::uint32_t kind = 0; kind < 3; ++kind) {
      function.counters.push_back({kind, i, 0});
      if ((release.kinds >> 1U) == 0) break;
    }
    unit.functions.push_back(function);
  }
  return unit;
}

GcovImage image_of(Input& input) {
  const std::uint8_t shape = input.byte();
  GcovImage image;
  image.has_symbols = (shape & 1U) != 0;
  image.flags = shape >> 1U & 3U;
  const bool is_clang = (shape & 8U) != 0;
  for (const char* name : {"/tmp/a.gcda", "b.gcda"}) {
    FakeUnit unit = unit_of(kReleases[(shape >> 4U) % std::size(kReleases)], name);
    if (is_clang) {
      unit.version = (shape & 16U) != 0 ? 0x4230312a : 0x3430382a;
      image.add_clang(unit);
    } else {
      image.add_gcc(unit);
    }
  }
  return image;
}

void make_names(covenv::GcovProgram& program, const covenv::GcovUnit& unit, std::string value) {
  const covenv::GcovEnvironment environment = {
      .context = &value,
      .find_variable = [](void* context, std::string_view name) -> std::optional<std::string_view> {
        if (name.size() % 2 == 0) return std::nullopt;
        return *static_cast<std::string*>(context);
      },
      .pid = 12345};
  std::string compiled(program.read_name(unit).data(), program.read_name(unit).size());
  require(compiled.size() <= covenv::GcovProgram::kMostName, "a name is no longer than a path");
  for (const std::string& own : {compiled, compiled + value}) {
    for (const auto maker : {covenv::GcovMaker::kGcc, covenv::GcovMaker::kClang}) {
      std::vector<char> name(value.size() % 64);
      const std::size_t size = covenv::make_gcov_name(maker, own, environment, name);
      require(size <= name.size(), "a name fits");
    }
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using covenv::GcovOutcome;
  Input input(data, size);
  GcovImage image = image_of(input);
  std::string memory = image.memory();
  std::string file = image.file();
  for (std::size_t section = 0; section < GcovImage::kSections; ++section) {
    lie(memory, input, section * GcovImage::kSection, 1024);
  }
  lie(file, input, 0, file.size());
  std::string old = input.rest();

  covenv::testing::Bytes bytes(memory, GcovImage::kBias);
  const covenv::testing::OpenedElf elf(file);
  static std::vector<char> room(covenv::GcovProgram::kRoom);
  covenv::GcovProgram program;
  if (!find_gcov({.file = elf.file(), .memory = bytes.source(), .bias = GcovImage::kBias}, room,
                 program)) {
    return 0;
  }
  require(program.units_count() != 0, "a program that is found has units");
  covenv::GcovSurvey survey;
  const bool is_surveyed = survey_gcov(program, survey);
  if (is_surveyed) {
    require(survey.largest_file <= covenv::GcovProgram::kMostCounterBytes + 64, "room has a bound");
  }
  covenv::GcovRun run = {.run_max = survey.run_max, .is_run_counted = program.is_run_counted()};
  for (std::size_t i = 0; i < std::min<std::size_t>(program.units_count(), 4); ++i) {
    covenv::GcovUnit unit;
    if (!program.read_unit(i, unit)) continue;
    make_names(program, unit, old);
    std::vector<char> contents(std::min<std::size_t>(survey.largest_file, 1U << 20U) + old.size());
    const covenv::GcovData made = make_gcov_data(program, unit, run, old, contents);
    require(made.outcome <= GcovOutcome::kMismatch, "the outcome is one of its values");
    if (made.outcome != GcovOutcome::kMade) continue;
    require(made.size <= contents.size(), "the data fit");
    require(made.size >= old.size(), "a file does not shrink");
    // What was made can be merged: the next unit's old file is this one, with lies.
    old.assign(contents.data(), made.size);
    if (old.size() > 1U << 16U) break;
    if (size > 2) old[data[size - 1] * 4U % old.size()] ^= static_cast<char>(data[size - 2]);
  }
  return 0;
}
