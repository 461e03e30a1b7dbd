// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "shim/core/duration.h"
#include "wrapper/sigforward/options.h"

namespace covenv::sigforward {
namespace {

using testing::HasSubstr;
using Action = Options::Action;

constexpr std::int64_t kMillisecond = 1'000'000;

// A command line that owns the strings to which parsed options point.
class CommandLine {
 public:
  explicit CommandLine(std::vector<std::string> arguments) : strings_(std::move(arguments)) {
    strings_.insert(strings_.begin(), "sigforward");
    for (std::string& string : strings_) pointers_.push_back(string.data());
    pointers_.push_back(nullptr);
  }

  Options parse(std::map<std::string, std::string> variables = {}) {
    static std::map<std::string, std::string> environment;
    environment = std::move(variables);
    return parse_options(static_cast<int>(strings_.size()), pointers_.data(),
                         [](const char* name) -> const char* {
                           const auto found = environment.find(name);
                           return found != environment.end() ? found->second.c_str() : nullptr;
                         });
  }

  static std::vector<std::string> command_of(const Options& options) {
    std::vector<std::string> command;
    for (char** word = options.request.command; word != nullptr && *word != nullptr; ++word) {
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
  EXPECT_EQ(options.request.ladder.grace(), GetParam().grace);
  EXPECT_EQ(options.request.verbose, GetParam().verbose);
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
  EXPECT_EQ(line.parse({{"SIGFORWARD_GRACE", "250ms"}}).request.ladder.grace(), 250 * kMillisecond);
}

TEST(SigforwardOptions, OptionWinsOverVariable) {
  CommandLine line({"--grace", "2", "a"});
  EXPECT_EQ(line.parse({{"SIGFORWARD_GRACE", "junk"}}).request.ladder.grace(), 2000 * kMillisecond);
}

TEST(SigforwardOptions, EmptyVariableCountsAsUnset) {
  CommandLine line({"a"});
  EXPECT_EQ(line.parse({{"SIGFORWARD_GRACE", ""}}).request.ladder.grace(), 1000 * kMillisecond);
}

TEST(SigforwardOptions, BadVariableIsNamed) {
  CommandLine line({"a"});
  EXPECT_THAT(line.parse({{"SIGFORWARD_GRACE", "soon"}}).complaint,
              HasSubstr("'SIGFORWARD_GRACE=soon' is no duration"));
}

TEST(SigforwardOptions, HelpAndVersionNeedNoCommand) {
  EXPECT_EQ(CommandLine({"--help"}).parse().action, Action::kHelp);
  EXPECT_EQ(CommandLine({"--version"}).parse().action, Action::kVersion);
}

TEST(SigforwardOptions, HelpWorksWithABadVariable) {
  EXPECT_EQ(CommandLine({"--help"}).parse({{"SIGFORWARD_GRACE", "soon"}}).action, Action::kHelp);
}

std::vector<std::pair<int, std::int64_t>> rungs_of(const Options& options) {
  std::vector<std::pair<int, std::int64_t>> rungs;
  for (std::size_t i = 0; i < options.request.ladder.count; ++i) {
    rungs.emplace_back(options.request.ladder.rungs[i].signal,
                       options.request.ladder.rungs[i].time / kMillisecond);
  }
  return rungs;
}

using Rungs = std::vector<std::pair<int, std::int64_t>>;

TEST(SigforwardOptions, TheLadderIsTermAlone) {
  EXPECT_EQ(rungs_of(CommandLine({"a"}).parse()), (Rungs{{SIGTERM, 1000}}));
}

TEST(SigforwardOptions, SignalsShareTheGrace) {
  CommandLine line({"--signals", "term,SIGINT,RTMIN+1", "--grace", "3s", "a"});
  EXPECT_EQ(rungs_of(line.parse()), (Rungs{{SIGTERM, 1000}, {SIGINT, 1000}, {SIGRTMIN + 1, 1000}}));
}

TEST(SigforwardOptions, SignalsHaveTimesOfTheirOwn) {
  CommandLine line({"--signals", "TERM:2s,2:500ms", "a"});
  EXPECT_EQ(rungs_of(line.parse()), (Rungs{{SIGTERM, 2000}, {SIGINT, 500}}));
}

TEST(SigforwardOptions, TimesWinOverTheVariableOfTheGrace) {
  CommandLine line({"--signals", "TERM:2s", "a"});
  EXPECT_EQ(rungs_of(line.parse({{"SIGFORWARD_GRACE", "9"}})), (Rungs{{SIGTERM, 2000}}));
}

TEST(SigforwardOptions, TheGraceWinsOverTimesInTheVariable) {
  CommandLine line({"--grace", "4s", "a"});
  EXPECT_EQ(rungs_of(line.parse({{"SIGFORWARD_SIGNALS", "TERM:9s,INT:9s"}})),
            (Rungs{{SIGTERM, 2000}, {SIGINT, 2000}}));
}

TEST(SigforwardOptions, MapsAreCollected) {
  const Options options =
      CommandLine({"--map", "TERM=QUIT,USR1=", "--map", "HUP=RTMAX", "a"}).parse();
  EXPECT_EQ(options.request.map[SIGTERM], SIGQUIT);
  EXPECT_EQ(options.request.map[SIGUSR1], 0);
  EXPECT_EQ(options.request.map[SIGHUP], SIGRTMAX);
  EXPECT_EQ(options.request.map[SIGINT], SIGINT);
}

TEST(SigforwardOptions, EachOptionIsTaken) {
  CommandLine line({"--no-guard", "--with-parent", "--no-subreaper", "--no-preload", "--foreground",
                    "--status", "kill", "--pidfile", "p", "--ready-fd", "7", "--log", "l", "a"});
  const Options options = line.parse();
  EXPECT_EQ(options.action, Action::kRun) << options.complaint;
  EXPECT_FALSE(options.request.guard || options.request.subreaper || options.request.preload ||
               options.request.new_session);
  EXPECT_TRUE(options.request.with_parent && options.request.foreground);
  EXPECT_EQ(options.request.status, supervise::Request::Status::kKill);
  EXPECT_STREQ(options.request.pidfile, "p");
  EXPECT_EQ(options.request.ready_fd, 7);
  EXPECT_STREQ(options.request.log, "l");
}

TEST(SigforwardOptions, EachVariableIsTaken) {
  CommandLine line({"a"});
  const Options options = line.parse({{"SIGFORWARD_GUARD", "0"},
                                      {"SIGFORWARD_WITH_PARENT", "1"},
                                      {"SIGFORWARD_SUBREAPER", "off"},
                                      {"SIGFORWARD_PRELOAD", "no"},
                                      {"SIGFORWARD_NEW_SESSION", "yes"},
                                      {"SIGFORWARD_MAP", "TERM="},
                                      {"SIGFORWARD_STATUS", "kill"},
                                      {"SIGFORWARD_READY_FD", "7"},
                                      {"SIGFORWARD_VERBOSE", "1"},
                                      {"SIGFORWARD_LOG", "l"},
                                      {"SIGFORWARD_PIDFILE", "p"}});
  EXPECT_EQ(options.action, Action::kRun) << options.complaint;
  EXPECT_FALSE(options.request.guard || options.request.subreaper || options.request.preload ||
               options.request.foreground);
  EXPECT_TRUE(options.request.with_parent && options.request.new_session &&
              options.request.verbose);
  EXPECT_EQ(options.request.map[SIGTERM], 0);
  EXPECT_EQ(options.request.status, supervise::Request::Status::kKill);
  EXPECT_EQ(options.request.ready_fd, 7);
  EXPECT_STREQ(options.request.log, "l");
  EXPECT_STREQ(options.request.pidfile, "p");
}

INSTANTIATE_TEST_SUITE_P(
    Values, RejectedCommandLine,
    testing::Values(
        Rejected{{"--signals", "FOO", "a"}, "'--signals FOO' names no signal 'FOO': write TERM"},
        Rejected{{"--signals", "TERM,", "a"}, "names no signal ''"},
        Rejected{{"--signals", "TERM:2s,INT", "a"}, "gives a time to some signals only"},
        Rejected{{"--signals", "TERM:x", "a"}, "has 'x', which is no duration"},
        Rejected{{"--signals", "KILL", "a"}, "has SIGKILL, which asks for nothing"},
        Rejected{{"--signals", "TERM,15", "a"}, "has SIGTERM twice"},
        Rejected{{"--signals", "1,2,3,4,5,6,7,8,10", "a"}, "has more than 8 signals"},
        Rejected{{"--signals", "RTMIN+99", "a"}, "names no signal 'RTMIN+99'"},
        Rejected{{"--signals", "TERM:1s", "--grace", "2s", "a"}, "say the same thing"},
        Rejected{{"--map", "TERM", "a"}, "maps nothing: write IN=OUT"},
        Rejected{{"--map", "TERM=FOO", "a"}, "names no signal 'FOO'"},
        Rejected{{"--map", "KILL=TERM", "a"}, "maps SIGKILL, which sigforward cannot receive"},
        Rejected{{"--map"}, "--map needs two signals"},
        Rejected{{"--status", "9", "a"}, "'--status 9' is no status: write real or kill"},
        Rejected{{"--ready-fd", "x", "a"}, "is no file descriptor: write its number"},
        Rejected{{"--ready-fd", "-1", "a"}, "is no file descriptor"},
        Rejected{{"--new-session", "--foreground", "a"}, "exclude each other"}),
    [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(SigforwardOptions, ABadFlagInTheEnvironmentIsNamed) {
  CommandLine line({"a"});
  EXPECT_THAT(line.parse({{"SIGFORWARD_GUARD", "maybe"}}).complaint,
              HasSubstr("'SIGFORWARD_GUARD=maybe' is neither 1 nor 0"));
}

}  // namespace
}  // namespace covenv::sigforward
