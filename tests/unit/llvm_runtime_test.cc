// SPDX-License-Identifier: MIT
// LLVM's counters of real programs: what is read from outside is what clang's own runtime writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "running_program.h"
#include "shim/counters/llvm_raw_file.h"
#include "shim/counters/profile_name.h"

namespace covenv {
namespace {

using testing::contents_of;
using ::testing::HasSubstr;
using testing::run_command;
using testing::RunningProgram;
using testing::TestFolder;

constexpr const char* kProgram = R"(
#include <stdlib.h>
#include <unistd.h>
int __llvm_profile_write_file(void);
int __llvm_profile_dump(void);
int library_function(int n);
static int used(int n) {
  int sum = 0;
  for (int i = 0; i < n; ++i) {
    if (i & 1) sum += i;
  }
  return sum;
}
#ifdef INDIRECT
int (*called)(int) = used;
int indirect(void) { return called(1); }
#endif
int unused(int a, int b) { return a && b ? 1 : 2; }
int main(void) {
  if (used(100) == 0) unused(1, 2);
#ifdef LIBRARY
  library_function(7);
#endif
#ifdef WRITE
  __llvm_profile_write_file();
  used(5);
#endif
#ifdef DUMP
  __llvm_profile_dump();
#endif
  char byte = '.';
  // No code with a counter runs between these calls and the end.
  const long written = write(1, &byte, 1);
  exit((int)(written - 1 + read(0, &byte, 1)));
}
)";

constexpr const char* kLibrary = R"(
int library_function(int n) { return n > 3 ? n : 0; }
)";

constexpr const char* kCoverage = "-fprofile-instr-generate -fcoverage-mapping ";

/// What can be found out about a running program, or a library in it.
class Saved {
 public:
  Saved(RunningProgram& program, const std::string& file)
      : elf_(contents_of(file)),
        object_{.file = elf_.file(),
                .memory = program.memory(),
                .bias = program.base_of(file) - elf_.file().first_address()} {
    is_found_ = find_llvm_profile(object_, room_, profile_);
  }

  bool is_found() const { return is_found_; }
  const LlvmProfile& profile() const { return profile_; }
  const LoadedObject& object() const { return object_; }
  std::span<char> room() { return room_; }

  std::string text() {
    testing::Written written;
    EXPECT_TRUE(write_llvm_profile(profile_, object_, written.sink(), room_));
    return written.text();
  }

  /// The name that the runtime gives, `pattern` if the file is stripped.
  std::string name(const std::string& pattern, pid_t pid) {
    std::vector<char> pattern_room(4096);
    std::string_view held;
    EXPECT_TRUE(read_llvm_pattern(profile_, object_, pattern_room, held));
    const std::string own_pid = std::to_string(pid);
    const bool is_known = profile_.runtime.is_known;
    const PatternFacts facts = {
        .pid = static_cast<std::uint32_t>(pid),
        .pid_text = is_known ? std::string_view(profile_.runtime.pid.data()) : own_pid,
        .host = "",
        .temporary_folder = std::nullopt,
        .signature = llvm_signature(profile_),
        .build_id = ""};
    std::vector<char> room(4096);
    const auto name = expand_profile_name(is_known ? held : pattern, facts, room);
    return name ? std::string(name->text) : "";
  }

 private:
  testing::OpenedElf elf_;
  std::vector<char> room_ = std::vector<char>(kLlvmRoom);
  LoadedObject object_;
  LlvmProfile profile_;
  bool is_found_ = false;
};

class LlvmRuntime14 : public ::testing::Test {
 protected:
  /// Compiles the program with these options.
  std::string compiled(const std::string& options) {
    std::ofstream(folder_ / "program.c") << kProgram;
    run_command("clang-14 -O1 -o " + program() + " " + (folder_ / "program.c ") + options);
    return program();
  }

  std::string program() const { return folder_ / "program"; }

  /// Whether the program's file at its end is what was read before, under the name that was made.
  void expect_same_file(const std::string& pattern) {
    RunningProgram running(program(), folder_.path(), "LLVM_PROFILE_FILE=" + pattern);
    ASSERT_TRUE(running.is_waiting());
    Saved saved(running, program());
    ASSERT_TRUE(saved.is_found());
    const std::string name = saved.name(pattern, running.pid());
    const std::string text = saved.text();
    EXPECT_EQ(running.end(), 0);
    const std::string own = contents_of(folder_ / name);
    EXPECT_GT(own.size(), 200U) << name;
    EXPECT_TRUE(own == text) << name;
  }

  TestFolder folder_;
};

TEST_F(LlvmRuntime14, WritesTheSameFile) {
  for (const char* const options :
       {"", "-no-pie", "-static", "-static-pie -fPIE", "-Wl,--build-id=none",
        "-Wl,--build-id=sha1 -s", "-no-pie -s", "-static -s"}) {
    SCOPED_TRACE(options);
    compiled(kCoverage + std::string(options));
    expect_same_file("a-%m-%p.raw");
  }
}

TEST_F(LlvmRuntime14, WritesTheSameFileOfTheBackEndsCounters) {
  compiled("-fprofile-generate");
  expect_same_file("a-%m-%p.raw");
  compiled("-fprofile-generate -mllvm -pgo-function-entry-coverage");
  expect_same_file("a-%m-%p.raw");
}

TEST_F(LlvmRuntime14, GivesTheSameName) {
  compiled(kCoverage);
  for (const char* const pattern : {"plain", "%3m", "q%zx%m", "k%%y%p", "l%%y", "w%5zy%p", "%t/z%p",
                                    "d%m%m", "b%b", "b%b%p", "e%9xr%p"}) {
    SCOPED_TRACE(pattern);
    expect_same_file(pattern);
    run_command("rm -f " + (folder_ / "default.profraw"));
  }
}

TEST_F(LlvmRuntime14, GivesTheNameThatIsLinked) {
  compiled("-fprofile-instr-generate=linked-%p");
  RunningProgram running(program(), folder_.path(), "NONE=");
  Saved saved(running, program());
  ASSERT_TRUE(saved.is_found());
  EXPECT_EQ(saved.name("", running.pid()), "linked-" + std::to_string(running.pid()));
  EXPECT_NE(saved.profile().runtime.linked_pattern, 0U);
}

TEST_F(LlvmRuntime14, WritesTheSameFileOfALibrary) {
  std::ofstream(folder_ / "library.c") << kLibrary;
  const std::string library = folder_ / "library.so";
  run_command("clang-14 -shared -fPIC " + std::string(kCoverage) + "-o " + library + " " +
              (folder_ / "library.c"));
  for (const char* const options : {"", "-fprofile-instr-generate"}) {
    SCOPED_TRACE(options);
    compiled("-DLIBRARY " + library + " " + options);
    RunningProgram running(program(), folder_.path(), "LLVM_PROFILE_FILE=%m.raw");
    Saved saved(running, library);
    EXPECT_EQ(Saved(running, program()).is_found(), *options != '\0');
    ASSERT_TRUE(saved.is_found());
    const std::string text = saved.text();
    const std::string name = saved.name("", running.pid());
    EXPECT_EQ(running.end(), 0);
    EXPECT_TRUE(contents_of(folder_ / name) == text);
    run_command("rm " + (folder_ / name));
  }
}

TEST_F(LlvmRuntime14, MergesInTheSameWay) {
  compiled(kCoverage);
  ASSERT_EQ(RunningProgram(program(), folder_.path(), "LLVM_PROFILE_FILE=%m").end(), 0);
  RunningProgram running(program(), folder_.path(), "LLVM_PROFILE_FILE=%m");
  Saved saved(running, program());
  ASSERT_TRUE(saved.is_found());
  const std::string name = folder_ / saved.name("", running.pid());
  testing::Bytes older(contents_of(name));
  ASSERT_TRUE(is_mergeable(saved.profile(), saved.object(), older.source(), older.text().size(),
                           saved.room()));
  EXPECT_FALSE(is_earlier_dump(saved.profile(), saved.object(), older.source(), 0,
                               older.text().size(), saved.room()));
  testing::Written merged;
  EXPECT_TRUE(write_merged_llvm_profile(saved.profile(), saved.object(), older.source(),
                                        merged.sink(), saved.room()));
  const std::string unmerged = saved.text();
  EXPECT_EQ(running.end(), 0);
  EXPECT_TRUE(contents_of(name) == merged.text());
  EXPECT_FALSE(contents_of(name) == unmerged);
}

TEST_F(LlvmRuntime14, HasDumpedBefore) {
  compiled("-DWRITE " + std::string(kCoverage));
  RunningProgram running(program(), folder_.path(), "LLVM_PROFILE_FILE=dump");
  ASSERT_TRUE(running.is_waiting());
  Saved saved(running, program());
  ASSERT_TRUE(saved.is_found());
  EXPECT_FALSE(saved.profile().runtime.is_dumped);
  const std::string dump = contents_of(folder_ / "dump");
  testing::Bytes older(dump);
  EXPECT_TRUE(is_earlier_dump(saved.profile(), saved.object(), older.source(), 0, dump.size(),
                              saved.room()));
  const std::string text = saved.text();
  EXPECT_NE(text, dump) << "code has run since then";
  EXPECT_EQ(running.end(), 0);
  EXPECT_TRUE(contents_of(folder_ / "dump") == dump + text);
}

TEST_F(LlvmRuntime14, WritesNothingMoreOnceItHasDumped) {
  compiled("-DDUMP " + std::string(kCoverage));
  RunningProgram running(program(), folder_.path(), "LLVM_PROFILE_FILE=dump");
  ASSERT_TRUE(running.is_waiting());
  EXPECT_TRUE(Saved(running, program()).profile().runtime.is_dumped);
  const std::string dump = contents_of(folder_ / "dump");
  EXPECT_EQ(running.end(), 0);
  EXPECT_TRUE(contents_of(folder_ / "dump") == dump);
}

TEST_F(LlvmRuntime14, HoldsItsCountersInTheFile) {
  compiled("-mllvm -runtime-counter-relocation " + std::string(kCoverage));
  {
    RunningProgram running(program(), folder_.path(), "LLVM_PROFILE_FILE=live%c");
    ASSERT_TRUE(running.is_waiting());
    Saved saved(running, program());
    ASSERT_TRUE(saved.is_found());
    EXPECT_TRUE(saved.profile().runtime.is_continuous);
    EXPECT_EQ(contents_of(folder_ / "live").size(), llvm_raw_parts(saved.profile()).size);
  }
  RunningProgram running(program(), folder_.path(), "LLVM_PROFILE_FILE=plain");
  ASSERT_TRUE(running.is_waiting());
  EXPECT_FALSE(Saved(running, program()).profile().runtime.is_continuous);
  // The mode is refused, and the counters lie where they always do.
  compiled(kCoverage);
  RunningProgram other(program(), folder_.path(), "LLVM_PROFILE_FILE=other%c");
  ASSERT_TRUE(other.is_waiting());
  EXPECT_FALSE(Saved(other, program()).profile().runtime.is_continuous);
}

TEST_F(LlvmRuntime14, IsRefusedIfItHoldsValues) {
  compiled(std::string(kCoverage) + "-mllvm -enable-value-profiling -DINDIRECT");
  RunningProgram running(program(), folder_.path(), "LLVM_PROFILE_FILE=values");
  ASSERT_TRUE(running.is_waiting());
  EXPECT_FALSE(Saved(running, program()).is_found());
}

}  // namespace
}  // namespace covenv
