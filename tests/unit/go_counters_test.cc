// SPDX-License-Identifier: MIT
#include "shim/counters/go_counters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <vector>

#include "go_image.h"
#include "shim/counters/go_hash.h"

namespace covenv {
namespace {

using testing::Bytes;
using testing::GoImage;
using testing::OpenedElf;

std::string hex(const GoHash& hash) {
  std::string text;
  for (const std::uint8_t byte : hash) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string md5(const std::string& text) {
  Md5 hash;
  hash.add(bytes_of(text));
  return hex(hash.finish());
}

std::string fnv128a(const std::string& text) {
  Fnv128a hash;
  hash.add(bytes_of(text));
  return hex(hash.sum());
}

TEST(GoHash, IsWhatOtherProgramsCompute) {
  EXPECT_EQ(md5(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(md5("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
            "d174ab98d277d9f5a5611c2c9f419d9f");
  EXPECT_EQ(md5(std::string(64, 'a')), "014842d480b571495a4a0363793f7367");
  EXPECT_EQ(fnv128a(""), "6c62272e07bb014262b821756295c58d");
  EXPECT_EQ(fnv128a("a"), "d228cb696f1a8caf78912b704e4a8964");
  EXPECT_EQ(fnv128a("abc"), "a68d622cec8b5822836dbc7977af7f3b");
}

/// A made program, opened.
class Opened {
 public:
  explicit Opened(const GoImage& image) : Opened(image.file(), image.memory()) {}
  Opened(std::string file, std::string memory)
      : file_(std::move(file)), memory_(std::move(memory), GoImage::kBias + GoImage::kModule) {}

  GoStage find() {
    std::vector<char> room(kGoFindRoom);
    return find_in(room);
  }

  GoStage find_in(std::span<char> room) {
    const LoadedObject object = {file_.file(), memory_.source(), GoImage::kBias};
    return find_go_counters(object, room, found_);
  }

  template <typename T>
  void set(std::uint64_t address, const T& value) {
    testing::put(memory_.text(), address - GoImage::kModule, value);
  }

  std::string folder() {
    char into[64];
    return std::string(read_go_folder(found_, memory_.source(), into).value_or("-"));
  }

  GoEnding ending_by(int signal) { return go_ending_by(found_, memory_.source(), signal); }

  const GoCounters& found() const { return found_; }
  Bytes& memory() { return memory_; }

 private:
  OpenedElf file_;
  Bytes memory_;
  GoCounters found_;
};

const std::vector<std::uint32_t> kOneFunction = {1, 1, 0, 7};

TEST(GoCounters, AreFoundBySymbols) {
  for (const bool is_before_1_23 : {false, true}) {
    Opened program(GoImage{.is_before_1_23 = is_before_1_23, .counters = kOneFunction});
    ASSERT_EQ(program.find(), GoStage::kMeasuring);
    EXPECT_EQ(program.found().address, GoImage::kBias + GoImage::kCounters);
    EXPECT_EQ(program.found().words, kOneFunction.size());
    EXPECT_EQ(program.found().package_count, 3U);
    EXPECT_EQ(program.found().mode, 2);
    EXPECT_EQ(program.found().granularity, 1);
    EXPECT_TRUE(program.found().has_symbols);
    EXPECT_EQ(hex(program.found().hash), "000102030405060708090a0b0c0d0e0f");
    EXPECT_EQ(program.folder(), "/cov");
  }
}

TEST(GoCounters, AreFoundInASectionOfTheirModule) {
  for (const char* section : {".noptrdata", ".go.module"}) {
    Opened program(
        GoImage{.has_symbols = false, .module_section = section, .counters = kOneFunction});
    ASSERT_EQ(program.find(), GoStage::kMeasuring) << section;
    EXPECT_EQ(program.found().address, GoImage::kBias + GoImage::kCounters);
  }
}

TEST(GoCounters, AreFoundBySymbolsIfTheModuleIsElsewhere) {
  Opened program(GoImage{.module_section = ".elsewhere", .counters = kOneFunction});
  ASSERT_EQ(program.find(), GoStage::kMeasuring);
  EXPECT_EQ(program.found().address, GoImage::kBias + GoImage::kCounters);
}

TEST(GoCounters, AreFoundInPiecesOfAnyRoom) {
  for (const bool has_symbols : {false, true}) {
    Opened program(GoImage{.has_symbols = has_symbols, .counters = kOneFunction});
    std::vector<char> room(1100);
    const auto stage_in = [&](std::size_t size) {
      return program.find_in(std::span(room).subspan(size % 7, size));
    };
    for (std::size_t size = 0; size < 768; ++size) {
      EXPECT_EQ(stage_in(size), GoStage::kUnreadable) << size;
    }
    for (std::size_t size = 784; size < 1000; ++size) {
      EXPECT_EQ(stage_in(size), GoStage::kMeasuring) << size;
    }
  }
}

std::string packages_hashed() {
  std::string text;
  for (int i = 0; i < 3 * 16; ++i) text += static_cast<char>(i);
  return text + "countperblock";
}

TEST(GoCounters, AreFoundWithoutSymbols) {
  Opened program(GoImage{.has_symbols = false, .counters = kOneFunction});
  ASSERT_EQ(program.find(), GoStage::kMeasuring);
  EXPECT_EQ(program.found().words, kOneFunction.size());
  EXPECT_EQ(program.found().package_count, 3U);
  EXPECT_FALSE(program.found().has_symbols);
  EXPECT_EQ(hex(program.found().hash), fnv128a(packages_hashed()));
  EXPECT_EQ(program.folder(), "-");
}

TEST(GoCounters, AreThoseOfAListThatAgreesWithReadOnlyData) {
  Opened program(GoImage{.has_symbols = false, .counters = kOneFunction});
  // A slice of the same shape, of which the package has another hash than its data.
  constexpr std::uint64_t kDecoy = GoImage::kBss + 8;
  constexpr std::uint64_t kDecoyPackage = GoImage::kPackages + 0x400;
  program.set(kDecoy, std::array<std::uint64_t, 3>{GoImage::kBias + kDecoyPackage, 1, 1});
  program.set(kDecoyPackage, std::array<std::uint64_t, 2>{GoImage::kBias + GoImage::kMeta, 60});
  program.set(kDecoyPackage + 56, std::array<std::uint8_t, 2>{2, 1});
  ASSERT_EQ(program.find(), GoStage::kMeasuring);
  EXPECT_EQ(program.found().package_count, 3U);
}

TEST(GoCounters, HaveTheHashOfTheirVersion) {
  for (const char* version : {"go1.20", "go1.23.12", "devel go1.22-abc"}) {
    Opened program(GoImage{.has_symbols = false, .version = version, .counters = kOneFunction});
    ASSERT_EQ(program.find(), GoStage::kMeasuring) << version;
    EXPECT_EQ(hex(program.found().hash), md5(packages_hashed())) << version;
  }
  Opened unknown(GoImage{.has_symbols = false, .version = "unknown", .counters = kOneFunction});
  EXPECT_EQ(unknown.find(), GoStage::kUnreadable);
}

TEST(GoCounters, TakeTheModeFromAPackageWithCode) {
  Opened program(GoImage{.counters = kOneFunction});
  constexpr std::uint8_t kRegistrationOnly = 4;
  program.set(GoImage::kPackages + 56, kRegistrationOnly);
  ASSERT_EQ(program.find(), GoStage::kMeasuring);
  EXPECT_EQ(program.found().mode, 2);
}

TEST(GoCounters, AreNoneInOtherPrograms) {
  Opened other(GoImage{.is_go = false, .counters = kOneFunction});
  EXPECT_EQ(other.find(), GoStage::kNotGo);
  EXPECT_EQ(other.memory().reads(), 0);
  EXPECT_EQ(Opened("#!/bin/sh\n", "").find(), GoStage::kNotGo);
  for (const bool has_symbols : {false, true}) {
    EXPECT_EQ(Opened(GoImage{.has_symbols = has_symbols}).find(), GoStage::kNotCounted);
  }
}

TEST(GoStage, IsStartingUntilTheRuntimeHasAHash) {
  Opened program(GoImage{.counters = kOneFunction});
  program.set(GoImage::kIsHashed, '\0');
  EXPECT_EQ(program.find(), GoStage::kStarting);
  Opened stripped(GoImage{.has_symbols = false, .counters = kOneFunction});
  stripped.set(GoImage::kList, std::uint64_t{0});
  EXPECT_EQ(stripped.find(), GoStage::kStarting);
}

TEST(GoStage, IsNotMeasuringWithoutAFolderOrIfTheProgramSaysSo) {
  EXPECT_EQ(Opened(GoImage{.folder = "", .counters = kOneFunction}).find(), GoStage::kNotMeasuring);
  Opened program(GoImage{.counters = kOneFunction});
  program.set(GoImage::kIsEmitted, '\1');
  EXPECT_EQ(program.find(), GoStage::kNotMeasuring);
}

TEST(GoStage, TellsWhetherTheRuntimeWritesByItself) {
  Opened program(GoImage{.counters = kOneFunction});
  program.set(GoImage::kHooks + 8, std::uint64_t{0});
  program.set(GoImage::kLock, std::uint32_t{1});
  EXPECT_EQ(program.find(), GoStage::kLeaving);
  program.set(GoImage::kLock, std::uint32_t{0});
  EXPECT_EQ(program.find(), GoStage::kLeft);

  Opened before(GoImage{.is_before_1_23 = true, .counters = kOneFunction});
  before.set(GoImage::kAreRunning, '\1');
  EXPECT_EQ(before.find(), GoStage::kLeaving);
  before.set(GoImage::kAreRunning, '\0');
  before.set(GoImage::kHooks + 8, std::uint64_t{0});
  EXPECT_EQ(before.find(), GoStage::kLeft);
}

TEST(GoCounters, AreUnreadableIfSizesLie) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{5}, ~std::uint64_t{0}}) {
    Opened program(GoImage{.counters = kOneFunction});
    program.set(GoImage::kList + 8, size);
    EXPECT_EQ(program.find(), GoStage::kUnreadable) << size;
  }
  Opened mode(GoImage{.counters = kOneFunction});
  mode.set(GoImage::kPackages + 56, '\6');
  EXPECT_EQ(mode.find(), GoStage::kUnreadable);
  Opened nowhere(GoImage{.counters = kOneFunction});
  nowhere.set(GoImage::kList, std::uint64_t{0x123});
  EXPECT_EQ(nowhere.find(), GoStage::kUnreadable);
}

TEST(GoFolder, IsNoneIfItDoesNotFitOrHoldsANul) {
  Opened large(GoImage{.folder = std::string(65, 'x'), .counters = kOneFunction});
  large.find();
  EXPECT_EQ(large.folder(), "-");
  Opened nul(GoImage{.folder = std::string("/c\0v", 4), .counters = kOneFunction});
  nul.find();
  EXPECT_EQ(nul.folder(), "-");
}

TEST(GoEnding, IsByTheSignalsThatNobodyReceives) {
  Opened program(GoImage{.counters = kOneFunction});
  program.find();
  constexpr std::uint64_t kWanted = GoImage::kSignals + 20;
  constexpr std::uint64_t kIgnored = GoImage::kSignals + 32;
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGKILL}) {
    EXPECT_EQ(program.ending_by(signal), GoEnding::kEnds) << signal;
  }
  for (const int signal : {SIGUSR1, SIGPIPE, SIGCHLD, SIGTSTP, SIGURG, 40, 0, 500}) {
    EXPECT_EQ(program.ending_by(signal), GoEnding::kGoesOn) << signal;
  }
  program.set(kWanted, std::uint32_t{1} << SIGTERM);
  program.set(kIgnored, std::uint32_t{1} << SIGINT);
  EXPECT_EQ(program.ending_by(SIGTERM), GoEnding::kGoesOn);
  EXPECT_EQ(program.ending_by(SIGINT), GoEnding::kGoesOn);
  EXPECT_EQ(program.ending_by(SIGHUP), GoEnding::kEnds);
}

TEST(GoEnding, IsUnknownWithoutSymbols) {
  Opened program(GoImage{.has_symbols = false, .counters = kOneFunction});
  program.find();
  EXPECT_EQ(program.ending_by(SIGTERM), GoEnding::kUnknown);
  EXPECT_EQ(program.ending_by(SIGKILL), GoEnding::kEnds);
  EXPECT_EQ(program.ending_by(SIGUSR1), GoEnding::kGoesOn);
}

}  // namespace
}  // namespace covenv
