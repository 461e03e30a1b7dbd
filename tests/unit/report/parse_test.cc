// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "made_up.h"
#include "wrapper/covenv/report/writers.h"

namespace covenv::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string with_processes(const std::string& processes) {
  return R"({"covenv_report":2,"session":{},"processes":[)" + processes + "]}";
}

std::string error_of(const std::string& text) {
  try {
    parsed(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Parse, WhatIsWrittenIsRead) {
  Process process = saved(2, 1);
  process.program = "/usr/bin/python3";
  process.restored = {"COVERAGE_PROCESS_CONFIG"};
  process.preloaded = true;
  process.argv_cut = true;
  process.test = "test_a.py::one (setup)";
  process.worker = "gw0";
  process.outside = {"/a.py", "/b.py"};
  process.brought = Brought{.files = 1, .lines = 2, .arcs = 3, .only = 4, .data = ".coverage.x"};
  process.kill->test = "test_a.py::one (teardown)";
  process.image = Image::kOtherArchitecture;
  Report report = made_up_of({made_up(1), process, lost(3, "/bin/static")});
  report.processes.front().end.reset();
  report.processes.front().end_ns.reset();
  report.session.exit = End{End::How::kSignal, 15};
  report.session.dropped = 4;
  report.gain = Gain{.files = 1,
                     .before = 2,
                     .after = 3,
                     .largest = {{"a.py", 0, 1}, {"b.py", 2, 3, Percents{0, 94.117647}}}};
  const std::string json = written(write_json, report);

  EXPECT_EQ(written(write_json, parsed(json)), json);
}

TEST(Parse, OnlyWhatNamesAProcessIsNeeded) {
  const Report report = parsed(with_processes(R"({"id":1,"pid":7,"start_ns":0})"));
  EXPECT_EQ(report.processes.front().pid, 7);
  EXPECT_EQ(report.totals.processes, 1);
}

TEST(Parse, UnknownFieldsAreIgnored) {
  const Report report =
      parsed(with_processes(R"({"id":1,"pid":7,"start_ns":0,"new":{"processes":[{"id":"x"}]}})"));
  EXPECT_EQ(report.processes.size(), 1U);
}

TEST(Parse, AWordOfALaterVersionIsKept) {
  const Report report = parsed(with_processes(
      R"({"id":1,"pid":7,"start_ns":0,"image":"image-2","note":"note-2","saves":[{"why":"why-2"}],)"
      R"("kill":{"signal":9,"method":"method-2","outcome":"outcome-2"}})"));
  const std::string json = written(write_json, report);
  for (const char* const word : {"image-2", "note-2", "why-2", "method-2", "outcome-2"}) {
    EXPECT_THAT(json, HasSubstr(word));
  }
}

TEST(Parse, NoProcessIsAReport) { EXPECT_EQ(parsed(with_processes("")).totals.processes, 0); }

TEST(Parse, AFixHasAnotherNameInVersion1) {
  const Report report =
      parsed(R"({"covenv_report":1,"session":{},"processes":[{"id":1,"pid":7,"start_ns":0,)"
             R"("loss":{"reason":"crashed","text":"it crashed","mend":"do this"}}]})");
  EXPECT_EQ(report.processes.front().loss->fix, "do this");
}

TEST(Parse, AnUnknownVersionIsToldBeforeWhatIsNewInIt) {
  const std::string text = R"({"processes":[{"id":"new"}],"covenv_report":3})";
  EXPECT_THAT(error_of(text),
              AllOf(HasSubstr("out.json: covenv_report is 3"), HasSubstr("; read it with")));
}

struct Malformed {
  const char* name;
  std::string text;
  const char* what;
};

class ParseMalformed : public testing::TestWithParam<Malformed> {};

TEST_P(ParseMalformed, NamesTheFileWhatIsWrongAndTheFix) {
  EXPECT_THAT(error_of(GetParam().text), AllOf(HasSubstr("out.json: "), HasSubstr(GetParam().what),
                                               HasSubstr("covenv run --report FILE")));
}

INSTANTIATE_TEST_SUITE_P(
    Reports, ParseMalformed,
    testing::Values(
        Malformed{"Empty", "", "the file is empty"},
        Malformed{"Truncated", R"({"covenv_report":2,"processes":[{"id":1)",
                  "unexpected end of input"},
        Malformed{"NoJson", "<html>", "no JSON: parse error at line 1, column 1"},
        Malformed{"InvalidUtf8", "{\"covenv\":\"\xff\"}", "invalid string"},
        Malformed{"List", "[]", "no report"},
        Malformed{"NoVersion", "{}", "covenv_report is missing"},
        Malformed{"TextVersion", R"({"covenv_report":"1"})", "covenv_report is \"1\""},
        Malformed{"NoSession", R"({"covenv_report":2,"processes":[]})", "session is missing"},
        Malformed{"NoProcesses", R"({"covenv_report":2,"session":{}})", "processes is missing"},
        Malformed{"ProcessesObject", R"({"covenv_report":2,"session":{},"processes":{}})",
                  "processes must be a list"},
        Malformed{"ProcessNumber", with_processes("1"), "processes must be a list of objects"},
        Malformed{"NoPid", with_processes(R"({"id":1,"start_ns":0})"),
                  "processes[0].pid is missing"},
        Malformed{"TextPid", with_processes(R"({"id":1,"pid":"7","start_ns":0})"),
                  "processes[0].pid must be a whole number"},
        Malformed{"FractionalTime", with_processes(R"({"id":1,"pid":7,"start_ns":0.5})"),
                  "processes[0].start_ns must be a whole number"},
        Malformed{"NegativeTime", with_processes(R"({"id":1,"pid":7,"start_ns":-1})"), "not -1"},
        Malformed{"HugeTime", with_processes(R"({"id":1,"pid":7,"start_ns":18446744073709551615})"),
                  "processes[0].start_ns must be a whole number"},
        Malformed{"EndBeforeStart", with_processes(R"({"id":1,"pid":7,"start_ns":9,"end_ns":8})"),
                  "processes[0].end_ns lies before start_ns"},
        Malformed{"TextArgv", with_processes(R"({"id":1,"pid":7,"start_ns":0,"argv":"ls"})"),
                  "processes[0].argv must be a list"},
        Malformed{"NumberInArgv", with_processes(R"({"id":1,"pid":7,"start_ns":0,"argv":[1]})"),
                  "processes[0].argv must be a list of strings"},
        Malformed{"TextFlag", with_processes(R"({"id":1,"pid":7,"start_ns":0,"measured":"no"})"),
                  "processes[0].measured must be true or false"},
        Malformed{"EndWithoutCode",
                  with_processes(R"({"id":1,"pid":7,"start_ns":0,"end":{"how":"exit"}})"),
                  "processes[0].end.code is missing"},
        Malformed{"SecondProcess",
                  with_processes(
                      R"({"id":1,"pid":7,"start_ns":0},{"id":2,"pid":7,"start_ns":0,"kill":{}})"),
                  "processes[1].kill.signal is missing"},
        Malformed{"SameId",
                  with_processes(R"({"id":1,"pid":7,"start_ns":0},{"id":1,"pid":8,"start_ns":0})"),
                  "processes[1] has the id of another: 1"},
        Malformed{"UnknownParent", with_processes(R"({"id":1,"pid":7,"start_ns":0,"parent":5})"),
                  "processes[0] has a parent that is not there: 5"},
        Malformed{"OwnParent", with_processes(R"({"id":1,"pid":7,"start_ns":0,"parent":1})"),
                  "is its own ancestor"},
        Malformed{"Cycle",
                  with_processes(R"({"id":1,"pid":7,"start_ns":0,"parent":2},)"
                                 R"({"id":2,"pid":8,"start_ns":0,"parent":1})"),
                  "is its own ancestor"},
        Malformed{"UnknownShard", with_processes(R"({"id":1,"pid":7,"start_ns":0,"shard":1})"),
                  "processes[0] is of a shard that is not there: 1"}),
    [](const auto& test) { return test.param.name; });

TEST(Parse, AMissingFileIsNamed) {
  try {
    read_file("/nowhere/out.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("/nowhere/out.json: No such file or directory; name a file"));
  }
}

TEST(Parse, AFolderIsNoFile) {
  try {
    read_file("/");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/: "));
  }
}

TEST(Json, BytesThatAreNoUtf8AreReplaced) {
  Report report = made_up_of({made_up(1)});
  report.processes.front().argv = {"a\xff\xfe", std::string("\0\x01\n\"\\</script>", 14)};
  const Report again = parsed(written(write_json, report));
  EXPECT_EQ(again.processes.front().argv[0], "a\uFFFD\uFFFD");
  EXPECT_EQ(again.processes.front().argv[1], report.processes.front().argv[1]);
}

TEST(Html, NothingInAReportEndsItsElement) {
  Report report = made_up_of({made_up(1)});
  report.processes.front().argv = {"</script><script>alert(1)</script>", "<!--"};
  const std::string page = written(write_html, report);
  EXPECT_THAT(page, HasSubstr("\\u003c/script>\\u003cscript>alert(1)"));
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
}

}  // namespace
}  // namespace covenv::report
