// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "shim/core/duration.h"
#include "wrapper/sigforward/options.h"

namespace covenv::sigforward {
namespace {

using testing::HasSubstr;
using Action = Options::Action;

constexpr std::int64_t kMillisecond = 1'000'000;

// Owns what a parse points into.
class CommandLine {
 public:
  explicit CommandLine(std::vector<std::string> arguments) : strings_(std::move(arguments)) {
    strings_.insert(strings_.begin(), "sigforward");
    for (std::string& string : strings_) pointers_.push_back(string.data());
    pointers_.push_back(nullptr);
  }

  Options parse(const char* grace_variable = nullptr) {
    return parse_options(static_cast<int>(strings_.size()), pointers_.data(), grace_variable);
  }

  static std::vector<std::string> command_of(const Options& options) {
    std::vector<std::string> command;
    for (char** word = options.command; word != nullptr && *word != nullptr; ++word) {
      command.emplace_back(*word);
    }
    return command;
  }

 private:
  std::vector<std::string> strings_;
  std::vector<char*> pointers_;
};

struct Accepted {
  std::vector<std::string> arguments;
  std::int64_t grace;
  bool verbose;
  std::vector<std::string> command;
};

class AcceptedCommandLine : public testing::TestWithParam<Accepted> {};

TEST_P(AcceptedCommandLine, RunsTheCommand) {
  CommandLine line(GetParam().arguments);
  const Options options = line.parse();
  EXPECT_EQ(options.action, Action::kRun) << options.complaint;
  EXPECT_EQ(options.grace, GetParam().grace);
  EXPECT_EQ(options.verbose, GetParam().verbose);
  EXPECT_EQ(CommandLine::command_of(options), GetParam().command);
}

INSTANTIATE_TEST_SUITE_P(
    Table, AcceptedCommandLine,
    testing::Values(
        Accepted{{"true"}, 1000 * kMillisecond, false, {"true"}},
        Accepted{{"--", "true"}, 1000 * kMillisecond, false, {"true"}},
        Accepted{{"--grace", "2m", "--", "a", "b"}, 120'000 * kMillisecond, false, {"a", "b"}},
        Accepted{{"--grace=500ms", "a"}, 500 * kMillisecond, false, {"a"}},
        Accepted{{"--grace", "inf", "a"}, kForever, false, {"a"}},
        Accepted{{"--grace", "1s", "--grace", "0", "a"}, 0, false, {"a"}},
        Accepted{{"--verbose", "a"}, 1000 * kMillisecond, true, {"a"}},
        Accepted{{"a", "--verbose", "--grace", "x"},
                 1000 * kMillisecond,
                 false,
                 {"a", "--verbose", "--grace", "x"}},
        Accepted{{"--", "--help"}, 1000 * kMillisecond, false, {"--help"}},
        Accepted{{"--", "a", "--", "b"}, 1000 * kMillisecond, false, {"a", "--", "b"}},
        Accepted{{""}, 1000 * kMillisecond, false, {""}}),
    [](const auto& row) { return "row" + std::to_string(row.index); });

struct Rejected {
  std::vector<std::string> arguments;
  std::string complaint;
};

class RejectedCommandLine : public testing::TestWithParam<Rejected> {};

TEST_P(RejectedCommandLine, SaysWhatIsWrongInOneLine) {
  CommandLine line(GetParam().arguments);
  const Options options = line.parse();
  EXPECT_EQ(options.action, Action::kReject);
  EXPECT_THAT(options.complaint, HasSubstr(GetParam().complaint));
  EXPECT_EQ(options.complaint.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RejectedCommandLine,
    testing::Values(Rejected{{}, "no command given"}, Rejected{{"--"}, "no command given"},
                    Rejected{{"--verbose"}, "no command given"},
                    Rejected{{"--grace"}, "--grace needs a duration: write 1s"},
                    Rejected{{"--grace", "--", "a"}, "'--grace --' is no duration: write 1s"},
                    Rejected{{"--grace=", "a"}, "'--grace ' is no duration"},
                    Rejected{{"--grace", "1h", "a"}, "'--grace 1h' is no duration"},
                    Rejected{{"--unknown", "a"}, "unknown option '--unknown'"},
                    Rejected{{"--verbose", "-xy", "a"}, "unknown option '-xy'"},
                    Rejected{{"--verbose=1", "a"}, "unknown option '--verbose=1'"},
                    Rejected{{"--ver", "a"}, "unknown option '--ver'"}),
    [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(SigforwardOptions, VariableSetsTheGrace) {
  CommandLine line({"a"});
  EXPECT_EQ(line.parse("250ms").grace, 250 * kMillisecond);
}

TEST(SigforwardOptions, OptionWinsOverVariable) {
  CommandLine line({"--grace", "2", "a"});
  EXPECT_EQ(line.parse("junk").grace, 2000 * kMillisecond);
}

TEST(SigforwardOptions, EmptyVariableCountsAsUnset) {
  CommandLine line({"a"});
  EXPECT_EQ(line.parse("").grace, 1000 * kMillisecond);
}

TEST(SigforwardOptions, BadVariableIsNamed) {
  CommandLine line({"a"});
  EXPECT_THAT(line.parse("soon").complaint, HasSubstr("'SIGFORWARD_GRACE=soon' is no duration"));
}

TEST(SigforwardOptions, HelpAndVersionNeedNoCommand) {
  EXPECT_EQ(CommandLine({"--help"}).parse().action, Action::kHelp);
  EXPECT_EQ(CommandLine({"--version"}).parse().action, Action::kVersion);
}

TEST(SigforwardOptions, HelpWorksWithABadVariable) {
  EXPECT_EQ(CommandLine({"--help"}).parse("soon").action, Action::kHelp);
}

}  // namespace
}  // namespace covenv::sigforward
