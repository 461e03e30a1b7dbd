// SPDX-License-Identifier: MIT
#include "shim/counters/go_counters_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "counted_program.h"
#include "go_file_reader.h"

namespace covenv {
namespace {

using testing::Bytes;
using ::testing::ElementsAre;
using testing::GoFile;
using ::testing::Pair;
using testing::Written;

using Words = std::vector<std::uint32_t>;

constexpr std::uint64_t kAddress = 0x1000;

std::string bytes_of(const Words& words) {
  return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(words[0])};
}

/// Memory that another program writes: each read of it gets the next of the states.
class ChangingMemory {
 public:
  explicit ChangingMemory(std::vector<Words> states) : states_(std::move(states)) {}

  ByteSource source() {
    return {.context = this,
            .read_bytes = [](void* context, std::uint64_t at, std::span<char> into) {
              auto& self = *static_cast<ChangingMemory*>(context);
              const std::size_t state = std::min(self.reads_++, self.states_.size() - 1);
              return Bytes(bytes_of(self.states_[state]), kAddress).source().read(at, into);
            }};
  }

  std::size_t reads() const { return reads_; }

 private:
  std::vector<Words> states_;
  std::size_t reads_ = 0;
};

GoCounters found_of(std::size_t words) {
  GoCounters found = {.address = kAddress, .words = words, .package_count = 3};
  found.package_of_fixed_id.fill(GoCounters::kNoPackage);
  found.package_of_fixed_id[1] = 2;  // the id -3
  for (std::uint8_t i = 0; i < 16; ++i) found.hash[i] = static_cast<std::uint8_t>(0xf0 + i);
  return found;
}

/// The whole file, or nothing.
std::string written(std::vector<Words> states, const std::string& command_line = "") {
  const GoCounters found = found_of(states[0].size());
  ChangingMemory memory(std::move(states));
  std::vector<char> room(go_file_room(found, command_line));
  Written file;
  if (!write_go_counters(found, memory.source(), command_line, file.sink(), room)) return "";
  return file.text();
}

std::vector<Words> functions_of(std::vector<Words> states) {
  return GoFile(written(std::move(states))).functions();
}

TEST(GoCountersFile, IsAsTheRuntimeWritesIt) {
#if defined(__aarch64__)
  const std::string machine("arm64");
#else
  const std::string machine("amd64");
#endif
  const std::string strings = std::string("\x0a\0\4argc\1", 8) + "2" + "\5argv0\6server\5argv1" +
                              "\4GOOS\5linux\6GOARCH\5" + machine;
  const std::string pairs("\5\x08\x09\6\7\1\2\3\4\5\2", 11);
  const std::size_t size = strings.size() + pairs.size();
  const std::string padding((4 - size % 4) % 4, '\0');
  std::string expected("\0cwm\1\0\0\0", 8);
  for (int i = 0xf0; i < 0x100; ++i) expected += static_cast<char>(i);
  expected += std::string("\2\0\0\0\0\0\0\0", 8) + std::string("\1\0\0\0\0\0\0\0", 8);
  expected += std::string(1, static_cast<char>(strings.size())) + std::string(3, '\0');
  expected += static_cast<char>(pairs.size() + padding.size()) + std::string(3, '\0');
  expected += strings + pairs + padding;
  expected += std::string("\2\1\5\0\xac\2", 6);
  expected += std::string("\0cwm\0\0\0\0\1\0\0\0\0\0\0\0", 16);
  EXPECT_EQ(written({{0, 2, 2, 5, 0, 300, 0}}, std::string("server\0002", 8) + '\0'), expected)
      << "the argument 2 and the count of arguments are one string";
}

TEST(GoCountersFile, HasTheFunctionsThatHaveRun) {
  EXPECT_THAT(functions_of({{0, 1, 1, 4, 9, 0, 0, 2, 3, 0, 0, 8, 1, 2, 6, 0}}),
              ElementsAre(ElementsAre(1, 0, 4, 9), ElementsAre(2, 2, 0, 0, 8)))
      << "the last one has been cleared by the program";
}

TEST(GoCountersFile, HasFunctionsOfPackagesWithFixedIds) {
  EXPECT_THAT(functions_of({{1, static_cast<std::uint32_t>(-3), 4, 9}}),
              ElementsAre(ElementsAre(1, 2, 4, 9)));
}

TEST(GoCountersFile, HasNoFunctionsIfNoneHasRun) {
  EXPECT_THAT(functions_of({{0, 0, 0, 0}}), ElementsAre());
}

TEST(GoCountersFile, HasLargeCounters) {
  EXPECT_THAT(functions_of({{1, 1, 4, 0xffffffff}}), ElementsAre(ElementsAre(1, 0, 4, 0xffffffff)));
}

TEST(GoCountersFile, HasManyFunctions) {
  Words words;
  std::vector<Words> expected;
  for (std::uint32_t i = 0; i < 40000; ++i) {
    words.insert(words.end(), {2, 1 + i % 3, i, 1000000 + i, 0, 0});
    expected.push_back({2, i % 3, i, 1000000 + i, 0});
  }
  EXPECT_EQ(functions_of({words}), expected);
}

TEST(GoCountersFile, IsNoneIfRecordsDoNotFitTogether) {
  EXPECT_EQ(written({{5, 1, 1, 1, 1}}), "") << "more counters than there is memory";
  EXPECT_EQ(written({{0xffffffff, 1, 1, 1}}), "");
  EXPECT_EQ(written({{0, 0, 1}}), "") << "a head is cut";
  EXPECT_EQ(written({{1, 4, 1, 1}}), "") << "there are three packages";
  EXPECT_EQ(written({{1, static_cast<std::uint32_t>(-2), 1, 1}}), "") << "no package has this id";
  EXPECT_EQ(written({{1, static_cast<std::uint32_t>(-1), 1, 1}}), "");
}

TEST(GoCountersFile, LeavesOutAFunctionThatHasNoPackageYet) {
  EXPECT_THAT(functions_of({{1, 0, 1, 1, 1, 1, 2, 1}}), ElementsAre(ElementsAre(1, 0, 2, 1)));
}

// The whole record is {2, 1, 3, 1, 1}.
const Words kTorn[] = {
    {0, 1, 3, 1, 1}, {0, 0, 3, 1, 1}, {0, 0, 0, 1, 1}, {0, 0, 0, 0, 1}, {2, 0, 3, 1, 1},
    {2, 0, 0, 1, 1}, {2, 1, 0, 1, 1}, {0, 1, 0, 0, 1}, {2, 0, 0, 0, 1},
};

TEST(GoCountersFile, CompletesAFunctionThatIsEnteredWhileItIsRead) {
  for (const Words& torn : kTorn) {
    Words early = {0, 0};
    early.insert(early.end(), torn.begin(), torn.end());
    early.insert(early.end(), {0, 0, 0, 0, 1, 1, 5, 7});
    const Words late = {0, 0, 2, 1, 3, 1, 1, 0, 0, 0, 0, 1, 1, 5, 7};
    std::vector<Words> functions = functions_of({early, late});
    ASSERT_EQ(functions.size(), 2U);
    EXPECT_THAT(functions[0], ElementsAre(2, 0, 3, torn[3], 1));
    EXPECT_THAT(functions[1], ElementsAre(1, 0, 5, 7));
  }
}

TEST(GoCountersFile, LeavesOutAFunctionThatIsEnteredLater) {
  const Words early = {0, 0, 0, 0, 0, 0, 1, 1, 5, 7};
  EXPECT_THAT(functions_of({early, {0, 2, 1, 1, 9, 9, 1, 1, 5, 7}}),
              ElementsAre(ElementsAre(1, 0, 5, 7)));
  EXPECT_THAT(functions_of({early, {0, 1, 1, 1, 9, 0, 1, 1, 5, 7}}),
              ElementsAre(ElementsAre(1, 0, 5, 7)));
}

TEST(GoCountersFile, ReadsAgainIfRecordsDoNotFitTogether) {
  EXPECT_THAT(functions_of({{9, 1, 5, 7}, {1, 1, 5, 7}}), ElementsAre(ElementsAre(1, 0, 5, 7)));
}

TEST(GoCountersFile, TakesFewReads) {
  Words words(20000);
  for (std::uint32_t i = 0; i + 40 < words.size(); i += 40) {
    words[i] = 2;
    words[i + 1] = 1;
    words[i + 3] = 1;
  }
  const GoCounters found = found_of(words.size());
  ChangingMemory memory({words});
  std::vector<char> room(go_file_room(found, {}));
  Written file;
  EXPECT_TRUE(write_go_counters(found, memory.source(), {}, file.sink(), room));
  EXPECT_LE(memory.reads(), 3U);
}

TEST(GoCountersFile, IsNoneIfTheMemoryIsGoneTheRoomIsSmallOrTheSinkIsFull) {
  const GoCounters found = found_of(4);
  std::vector<char> room(go_file_room(found, {}));
  Bytes gone("");
  ChangingMemory memory({{1, 1, 5, 7}});
  Written file;
  EXPECT_FALSE(write_go_counters(found, gone.source(), {}, file.sink(), room));
  EXPECT_FALSE(write_go_counters(found, memory.source(), {}, file.sink(),
                                 std::span(room).first(room.size() - 1)));
  EXPECT_EQ(file.text(), "");
  const ByteSink full = {.context = nullptr,
                         .write_bytes = [](void*, std::span<const char>) { return false; }};
  EXPECT_FALSE(write_go_counters(found, memory.source(), {}, full, room));
}

GoFile file_of_arguments(const std::string& command_line) {
  return GoFile(written({{0, 0, 0, 0}}, command_line));
}

TEST(GoArguments, AreInTheOrderOfTheirNames) {
  std::string command_line;
  for (int i = 0; i < 12; ++i) command_line += static_cast<char>('a' + i) + std::string(1, '\0');
  std::vector<std::string> keys;
  const GoFile file = file_of_arguments(command_line);
  for (const auto& [key, value] : file.arguments()) keys.push_back(key);
  EXPECT_THAT(keys,
              ElementsAre("GOARCH", "GOOS", "argc", "argv0", "argv1", "argv10", "argv11", "argv2",
                          "argv3", "argv4", "argv5", "argv6", "argv7", "argv8", "argv9"));
}

TEST(GoArguments, AreSortedWhateverTheirCount) {
  for (const int count : {1, 2, 9, 10, 11, 20, 21, 99, 100, 101, 110, 111, 999, 1000, 1001, 1101}) {
    std::string command_line;
    for (int i = 0; i < count; ++i) command_line += std::to_string(i) + '\0';
    const GoFile file = file_of_arguments(command_line);
    EXPECT_TRUE(std::is_sorted(file.arguments().begin(), file.arguments().end())) << count;
    EXPECT_EQ(file.arguments().size(), static_cast<std::size_t>(count) + 3);
  }
}

TEST(GoArguments, MayBeEmptyEqualToOneAnotherOrToNames) {
  const GoFile file = file_of_arguments(std::string("argc\0\0linux\0linux\0open", 22));
  EXPECT_THAT(file.arguments(),
              ElementsAre(Pair("GOARCH", ::testing::_), Pair("GOOS", "linux"), Pair("argc", "5"),
                          Pair("argv0", "argc"), Pair("argv1", ""), Pair("argv2", "linux"),
                          Pair("argv3", "linux"), Pair("argv4", "open")));
  EXPECT_EQ(file.string_count(), 13U) << "each string stands in the table once";
}

TEST(GoArguments, MayBeNone) {
  EXPECT_THAT(file_of_arguments("").arguments(),
              ElementsAre(Pair("GOARCH", ::testing::_), Pair("GOOS", "linux"), Pair("argc", "0")));
}

TEST(GoFileName, IsTheRuntimes) {
  char into[kMostGoFileName];
  const GoCounters found = found_of(4);
  EXPECT_EQ(go_counters_file_name(found, 4711, 1700000000123456789, into),
            "covcounters.f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.4711.1700000000123456789");
  EXPECT_EQ(std::string(into),
            "covcounters.f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff.4711.1700000000123456789");
  EXPECT_EQ(go_counters_file_name(found, ~0U, ~std::uint64_t{0}, into).size(), 76U);
  EXPECT_EQ(go_meta_file_name(found, into), "covmeta.f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
}

}  // namespace
}  // namespace covenv
