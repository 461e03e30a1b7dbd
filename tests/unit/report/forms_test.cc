// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "made_up.h"
#include "wrapper/common/printable.h"
#include "wrapper/covenv/report/summary.h"
#include "wrapper/covenv/report/tree.h"
#include "wrapper/covenv/report/words.h"
#include "wrapper/covenv/report/writers.h"

namespace covenv::report {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::vector<std::int64_t> ids_of(const Report& report) {
  const Tree tree(report);
  std::vector<std::int64_t> ids;
  for (const Tree::Node& node : tree.nodes()) ids.push_back(report.processes[node.index].id);
  return ids;
}

TEST(Tree, ParentsComeFirstAndChildrenInTheOrderOfTheirStart) {
  EXPECT_THAT(ids_of(made_up_of({made_up(4, 2), made_up(3, 1), made_up(2, 1), made_up(1)})),
              ElementsAre(1, 2, 4, 3));
}

TEST(Tree, AnUnknownParentMakesARoot) {
  EXPECT_THAT(ids_of(made_up_of({made_up(1, 9), made_up(2, 1)})), ElementsAre(1, 2));
}

TEST(Tree, ACircleIsShownOnce) {
  EXPECT_THAT(ids_of(made_up_of({made_up(1, 3), made_up(2, 1), made_up(3, 2), made_up(4)})),
              ElementsAre(4, 1, 2, 3));
}

TEST(Tree, DepthHasNoBoundOfTheStack) {
  std::deque<Process> chain{made_up(1)};
  for (std::int64_t id = 2; id <= 200'000; ++id) chain.push_back(made_up(id, id - 1));
  const Report report = made_up_of(chain);
  EXPECT_EQ(Tree(report).nodes().back().depth, 199'999U);
}

TEST(Words, WhatATerminalWouldObeyIsEscaped) {
  EXPECT_EQ(printable("\x1b[31m\n\t\x7f\u009b\u202e"),
            "\\x1b[31m\\n\\t\\x7f\\xc2\\x9b\\xe2\\x80\\xae");
}

TEST(Words, BytesThatAreNoUtf8AreEscapedAndOthersKept) {
  EXPECT_EQ(printable("é€😀\xff\xc3"), "é€😀\\xff\\xc3");
  EXPECT_EQ(printable("\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80"),
            "\\xed\\xa0\\x80\\xc0\\xaf\\xf4\\x90\\x80\\x80");
}

TEST(Words, WhatIsLongIsCutBetweenCharacters) {
  EXPECT_EQ(printable("ééé", 5), "éé…");
  EXPECT_LT(command_line(std::vector<std::string>(1000, std::string(1000, 'x')), 100).size(), 110U);
}

TEST(Words, ACommandLineCanBePastedIntoAShell) {
  EXPECT_EQ(command_line({"sh", "-c", "it's", ""}), "sh -c 'it'\\''s' ''");
}

TEST(Words, DurationsHaveTheUnitThatFits) {
  EXPECT_EQ(duration(0), "0 s");
  EXPECT_EQ(duration(12'300), "12 µs");
  EXPECT_EQ(duration(4'960'000), "5.0 ms");
  EXPECT_EQ(duration(450'000'000), "450 ms");
  EXPECT_EQ(duration(999'600'000), "1.0 s");
  EXPECT_EQ(duration(59'960'000'000), "1 min 0 s");
}

TEST(Words, WhoHasExecutedNothingIsAFork) {
  Process process = made_up(2, 1);
  process.argv.clear();
  EXPECT_EQ(name_of(process), "(fork)");
  process.parent.reset();
  EXPECT_EQ(name_of(process), "(unknown program)");
}

TEST(Words, LossesOfOneReasonAndProgramAreOne) {
  const Report report = made_up_of(
      {lost(1, "/bin/a"), lost(2, "/bin/b"), lost(3, "/bin/b"), lost(4, "/bin/b", "other-user")});
  const auto groups = group_losses(report);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].first, &report.processes[1]);
  EXPECT_EQ(groups[0].reason, "static binary");
  EXPECT_EQ(groups[0].count, 2);
}

Report started_by_tests() {
  Report report = made_up_of(
      {made_up(1), lost(2, "/bin/a"), lost(3, "/bin/a"), lost(4, "/bin/a"), made_up(5, 2)});
  report.processes[1].test = report.processes[4].test = "test_a.py::one\x1b (call)";
  report.processes[2].test = report.processes[3].test = "test_a.py::two (call)";
  return report;
}

TEST(Words, AWorkerOfXdistIsCalledByItsName) {
  Process process = made_up(1);
  process.worker = "gw0";
  EXPECT_EQ(name_of(process), "gw0 (pytest-xdist)");
}

TEST(Test, IsNamedInTheSummary) {
  EXPECT_THAT(summary_lines(started_by_tests(), {}),
              StartsWith("covenv: LOST 3 x static binary: /bin/a, started by "
                         "test_a.py::one\\x1b (call) and 1 other test: It is static.\n"));
}

TEST(Test, IsNamedInTheTextOnceForADescent) {
  const std::string text = written(write_text, started_by_tests());
  EXPECT_THAT(text, HasSubstr("     started by test_a.py::one\\x1b (call) and 1 other test\n"));
  EXPECT_THAT(text, HasSubstr("1002  /bin/a  [started by test_a.py::one\\x1b (call)]\n"));
  EXPECT_THAT(text, HasSubstr("program 5\n"));
}

TEST(Test, IsNamedInMarkdownAndInATrace) {
  EXPECT_THAT(written(write_markdown, started_by_tests()),
              testing::AllOf(HasSubstr("started by test&#95;a.py&#58;&#58;one"),
                             HasSubstr("| test&#95;a.py&#58;&#58;two &#40;call&#41; |")));
  EXPECT_THAT(written(write_perfetto, started_by_tests()),
              HasSubstr(R"x("test":"test_a.py::two (call)")x"));
}

TEST(Brought, IsSaidInTheTextAndTheSummary) {
  Report report = made_up_of({made_up(1), made_up(2), made_up(3), made_up(4)});
  for (Process& process : report.processes) process.measured = true;
  report.processes[0].brought = Brought{.files = 2, .lines = 40, .only = 7, .data = ""};
  report.processes[1].brought = Brought{.files = 1, .lines = 1, .data = ""};
  report.processes[2].brought = Brought{};
  report.gain =
      Gain{.files = 4, .before = 3, .after = 50, .largest = {{"/a/x.py", 0, 40}, {"y.py", 3, 8}}};
  const std::string text = written(write_text, report);
  EXPECT_THAT(text, HasSubstr("program 1  {40 lines of 2 files, 7 of no other process}\n"));
  EXPECT_THAT(text, HasSubstr("program 2  {1 line of 1 file}\n"));
  EXPECT_THAT(text, HasSubstr("program 3  {no line}\n"));
  EXPECT_THAT(text, HasSubstr("program 4\n"));
  EXPECT_THAT(text, HasSubstr("measured, and brought no line: 1\n"));
  const char* const gain = "47 lines of 4 files: x.py 0 -> 40 lines, y.py 3 -> 8 lines, ...\n";
  EXPECT_THAT(text, HasSubstr(std::string("gained by covenv: ") + gain));
  EXPECT_THAT(summary_lines(report, {}), HasSubstr(std::string("0 saved; gained ") + gain));
}

TEST(Gain, IsInPercentIfCoverageHasToldThem) {
  Report report = made_up_of({made_up(1)});
  report.gain = Gain{.files = 3,
                     .before = 0,
                     .after = 50,
                     .largest = {{"/a/server.py", 0, 40, Percents{0, 94.117647}},
                                 {"near.py", 1, 8, Percents{0.2, 99.7}},
                                 {"all.py", 1, 8, Percents{62.5, 100}}}};
  EXPECT_THAT(summary_lines(report, {}),
              HasSubstr("gained 50 lines of 3 files: server.py 0 -> 94 %, near.py 1 -> 99 %, "
                        "all.py 62 -> 100 %\n"));
}

TEST(Text, HowChildrenWereMeasuredIsCounted) {
  Report report = made_up_of({made_up(1), made_up(2), made_up(3), made_up(4), made_up(5)});
  for (Process& process : report.processes) process.measured = process.id != 5;
  report.processes[1].start = report.processes[2].start = Start::kLight;
  report.processes[3].start = Start::kWholeProgram;
  report.processes[4].start = Start::kLight;
  std::ostringstream out;
  write_text(out, report);
  EXPECT_THAT(out.str(), HasSubstr("measured by coverage's tracer alone: 2\n"
                                   "measured by whole coverage, because the program imports it, or "
                                   "runs what it alone can judge: 1\n"));
}

TEST(Summary, LossesComeFirstWithTheirFix) {
  EXPECT_THAT(
      summary_lines(made_up_of({saved(1, 2), made_up(2), lost(3, "/bin/a"), lost(4, "/bin/a")}),
                    {}),
      StartsWith("covenv: LOST 2 x static binary: /bin/a: It is static.\n"
                 "covenv:       fix: Link it dynamically.\n"
                 "covenv: kept: 4 processes, 1 measured; 0 got their variables back; 1 saved "
                 "(kill to saved: 2.0 ms)\n"));
}

TEST(Summary, HasTenLinesAtMostHoweverMuchWasLost) {
  std::deque<Process> processes;
  for (std::int64_t id = 1; id <= 50; ++id)
    processes.push_back(lost(id, "/bin/" + std::to_string(id)));
  Report report = made_up_of(processes);
  report.session.dropped = 3;
  const std::string lines = summary_lines(report, {});
  EXPECT_LE(std::count(lines.begin(), lines.end(), '\n'), 10);
  EXPECT_THAT(lines, HasSubstr("LOST 47 more"));
  EXPECT_THAT(lines, HasSubstr("incomplete: 3 events had no room"));
}

Process noted(std::int64_t id, Note note) {
  Process process = made_up(id);
  process.measured = true;
  process.note = note;
  return process;
}

TEST(Summary, WhatIsInNoNumberHasALineOfItsOwn) {
  std::deque<Process> processes = {noted(1, Note::kStopped), noted(2, Note::kOptedOut),
                                   noted(3, Note::kNoSource), noted(4, Note::kNoSource),
                                   noted(5, Note::kNone)};
  processes.back().end.reset();
  EXPECT_THAT(summary_lines(made_up_of(processes), {}),
              StartsWith("covenv: 1 still running: program 5\n"
                         "covenv: 1 stopped measuring: program 1\n"
                         "covenv: 1 opted out: program 2\n"
                         "covenv: 2 measured nothing of source: program 3, ...\n"
                         "covenv: kept: 5 processes, 5 measured;"));
}

TEST(Summary, FilesOutsideOfSourceAreNamed) {
  std::deque<Process> processes = {noted(1, Note::kNoSource), noted(2, Note::kNone)};
  processes.front().outside = {"/copy/a.py", "/copy/b.py"};
  const char* const outside = "ran first, outside of source and include: /copy/a.py, /copy/b.py";
  EXPECT_THAT(summary_lines(made_up_of(processes), {}),
              HasSubstr("1 measured nothing of source: program 1; " + std::string(outside) + "\n"));
  EXPECT_THAT(written(write_text, made_up_of(processes)),
              HasSubstr("program 1  {" + std::string(outside) + "}\n"));
}

TEST(Summary, NothingIsLostOfWhatHasNothingToMeasure) {
  EXPECT_THAT(summary_lines(made_up_of({noted(1, Note::kOptedOut), noted(2, Note::kNoSource),
                                        noted(3, Note::kNone)}),
                            {}),
              HasSubstr("covenv: nothing lost: 3 processes"));
}

TEST(Summary, WhereThereIsNoDataThatComesFirst) {
  EXPECT_THAT(summary_lines(made_up_of({noted(1, Note::kNoSource), made_up(2)}), {}),
              testing::AllOf(StartsWith("covenv: no data: no line ran that coverage measures; "),
                             HasSubstr("covenv: kept: 2 processes, 1 measured")));
  EXPECT_THAT(summary_lines(made_up_of({noted(1, Note::kNoSource), noted(2, Note::kNone)}), {}),
              Not(HasSubstr("no data")));
}

TEST(Summary, WhereTheCommandFailedThatComesFirst) {
  Report report = made_up_of({noted(1, Note::kNone), lost(2, "/bin/a")});
  const auto first = [&](End end) {
    report.session.exit = end;
    const std::string lines = summary_lines(report, {});
    return lines.substr(0, lines.find('\n'));
  };
  EXPECT_EQ(first({End::How::kExit, 3}),
            "covenv: the command failed (exit 3): see whether its own report was made");
  EXPECT_EQ(first({End::How::kSignal, 9}),
            "covenv: the command failed (SIGKILL): see whether its own report was made");
  // A test that fails does not keep a report from being made.
  EXPECT_THAT(first({End::How::kExit, 1}), StartsWith("covenv: LOST"));
  EXPECT_THAT(first({End::How::kExit, 0}), StartsWith("covenv: LOST"));
}

TEST(Summary, OneThatEndedOutOfSightDoesNotRun) {
  Process process = noted(1, Note::kNone);
  process.end = End{};
  process.end_ns.reset();
  EXPECT_THAT(summary_lines(made_up_of({process}), {}), StartsWith("covenv: nothing lost:"));
}

TEST(Summary, ColourOnlyWhereItIsWanted) {
  const Report report = made_up_of({lost(1, "/bin/a")});
  EXPECT_THAT(summary_lines(report, {.colour = false}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(summary_lines(report, {.colour = true}), HasSubstr("\x1b[1;31mLOST\x1b[0m"));
}

TEST(Summary, ALineOfALossStaysOne) {
  Report report = made_up_of({lost(1, "/bin/a\nb\x1b[2J")});
  EXPECT_THAT(summary_lines(report, {}), HasSubstr("/bin/a\\nb\\x1b[2J': It is static."));
}

TEST(Text, LossesComeBeforeTheTree) {
  const std::string text = written(write_text, made_up_of({made_up(1), lost(2, "/bin/a")}));
  EXPECT_LT(text.find("LOST 1 x static binary: /bin/a"), text.find("program 1"));
}

TEST(Text, ShowsDescentByIndent) {
  EXPECT_THAT(written(write_text, made_up_of({made_up(1), made_up(2, 1)})),
              HasSubstr("1002    program 2\n"));
}

TEST(Text, SaysThatNothingWasSeen) {
  EXPECT_THAT(written(write_text, made_up_of({})), HasSubstr("No process was seen."));
}

TEST(Text, TheFirstShardHasItsNameToo) {
  Report report = made_up_of({made_up(1), made_up(2)});
  report.processes[1].shard = 1;
  report.shards = {{"one", "", "", {}}, {"two", "", "", {}}};
  EXPECT_THAT(written(write_text, report),
              testing::AllOf(HasSubstr("-- one\n"), HasSubstr("-- two\n")));
}

TEST(Markdown, NothingInAReportIsMarkUp) {
  Report report = made_up_of({lost(1, "/bin/<b>|`*_@someone")});
  report.processes.front().argv = {"a|b", "<img src=x>", "line\nbreak", "@team #1"};
  const std::string text = written(write_markdown, report);
  EXPECT_THAT(text, Not(HasSubstr("<b>")));
  EXPECT_THAT(text, Not(HasSubstr("<img")));
  EXPECT_THAT(text, Not(HasSubstr("a|b")));
  EXPECT_THAT(text, Not(HasSubstr("@")));
  EXPECT_THAT(text, Not(HasSubstr("line\nbreak")));
}

TEST(Markdown, StaysWithinWhatGitHubShows) {
  std::deque<Process> processes;
  for (std::int64_t id = 1; id <= 5000; ++id) {
    processes.push_back(lost(id, std::string(3000, '*') + std::to_string(id)));
    processes.back().argv = {std::string(5000, '<')};
    processes.back().test = std::string(5000, '<');
  }
  const std::string text = written(write_markdown, made_up_of(processes));
  EXPECT_LT(text.size(), std::size_t{1} << 20);
  EXPECT_THAT(text, HasSubstr("and 4500 more"));
}

json events_of(const Report& report) {
  return json::parse(written(write_perfetto, report))["traceEvents"];
}

json find(const json& events, const char* phase, std::int64_t tid) {
  for (const json& event : events) {
    if (event["ph"] == phase && event["tid"] == tid) return event;
  }
  return nullptr;
}

TEST(Perfetto, EachProcessHasANamedRowAndASlice) {
  const json events = events_of(made_up_of({made_up(7)}));
  EXPECT_EQ(find(events, "M", 7)["args"]["name"], "program 7 (1007)");
  const json slice = find(events, "X", 7);
  EXPECT_EQ(slice["ts"], 7000.0);
  EXPECT_EQ(slice["dur"], 5000.0);
}

TEST(Perfetto, AnArrowGoesFromTheKillerToTheKill) {
  const json events = events_of(made_up_of({made_up(1), saved(2, 1)}));
  const json from = find(events, "s", 1);
  const json to = find(events, "f", 2);
  ASSERT_FALSE(from.is_null() || to.is_null());
  EXPECT_EQ(from["id"], to["id"]);
  EXPECT_EQ(to["bp"], "e");
  // An arrow binds to the slice in which it begins.
  const json killer = find(events, "X", 1);
  EXPECT_GE(from["ts"], killer["ts"]);
  EXPECT_LE(from["ts"], killer["ts"].get<double>() + killer["dur"].get<double>());
}

TEST(Perfetto, AnUnknownKillerHasNoArrow) {
  Report report = made_up_of({saved(2, 1)});
  EXPECT_TRUE(find(events_of(report), "s", 2).is_null());
  EXPECT_TRUE(find(events_of(report), "f", 2).is_null());
}

TEST(Perfetto, WhatStillRanLastsUntilTheEnd) {
  Report report = made_up_of({made_up(1)});
  report.processes.front().end_ns.reset();
  EXPECT_EQ(find(events_of(report), "X", 1)["dur"], 49000.0);
}

TEST(Perfetto, ALossIsMarked) {
  EXPECT_EQ(find(events_of(made_up_of({lost(1, "/bin/a")})), "i", 1)["name"],
            "LOST: static-binary");
}

}  // namespace
}  // namespace covenv::report
