// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "wrapper/covenv/doctor/finding.h"
#include "wrapper/covenv/doctor/interpreter.h"
#include "wrapper/covenv/doctor/surroundings.h"

namespace covenv::doctor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names(const Findings& findings) {
  std::vector<std::string> checks;
  for (const Finding& finding : findings) checks.push_back(finding.check);
  return checks;
}

std::vector<std::string> settings_findings(std::vector<const char*> entries) {
  entries.push_back(nullptr);
  Findings findings;
  check_settings(entries.data(), findings);
  return names(findings);
}

std::vector<std::string> command_findings(const Words& command, uid_t user) {
  Findings findings;
  check_command(command, user, findings);
  return names(findings);
}

TEST(PythonOfScript, IsWhatTheFirstLineNames) {
  EXPECT_EQ(python_of_script("#!/venv/bin/python3.11\nimport x"), "/venv/bin/python3.11");
  EXPECT_EQ(python_of_script("#! /venv/bin/python -s\n"), "/venv/bin/python");
  EXPECT_EQ(python_of_script("#!/usr/bin/env python3\n"), "python3");
  EXPECT_EQ(python_of_script("#!/usr/bin/env -S python3 -u\n"), "python3");
  EXPECT_EQ(python_of_script("#!/usr/bin/pypy3\n"), "/usr/bin/pypy3");
  EXPECT_EQ(python_of_script("#!/usr/bin/python3.13t\n"), "/usr/bin/python3.13t")
      << "free-threaded";
  EXPECT_EQ(python_of_script("#!/usr/bin/python3.13tt\n"), "");
}

TEST(PythonOfScript, FollowsPipsDetourForLongPaths) {
  EXPECT_EQ(python_of_script("#!/bin/sh\n'''exec' /long/bin/python \"$0\" \"$@\"\n' '''\n"),
            "/long/bin/python");
  EXPECT_EQ(python_of_script("#!/bin/sh\n'''exec' \"/with blank/bin/python\" \"$0\" \"$@\"\n"),
            "/with blank/bin/python");
}

TEST(PythonOfScript, IsEmptyForAnythingElse) {
  for (const char* head : {"", "#!", "#!\n", "#!/bin/sh\necho", "#!/usr/bin/env\n",
                           "#!/usr/bin/perl\n", "#!/usr/bin/python-config\n", "no script"}) {
    EXPECT_EQ(python_of_script(head), "") << head;
  }
}

TEST(Settings, GoodOnesAreNoFinding) {
  EXPECT_THAT(settings_findings({"PATH=/bin", "COVENV_GRACE=2s", "COVENV_CARRY=COV*,FOO"}),
              ElementsAre());
}

TEST(Settings, OneThatMakesNoSense) {
  EXPECT_THAT(settings_findings({"COVENV_GRACE=soon"}), ElementsAre("setting"));
}

TEST(Settings, WhatSwitchesCovenvOff) {
  EXPECT_THAT(settings_findings({"COVENV_DISABLE=1"}), ElementsAre("disabled"));
  EXPECT_THAT(settings_findings({"COVENV_KILL=off"}), ElementsAre("kill-off"));
  EXPECT_THAT(settings_findings({"COVENV_CARRY=FOO"}), ElementsAre("carry"));
}

TEST(PreloadList, OnlyPathsThatAreNotThere) {
  Findings findings;
  check_preload_list("/bin/sh:libdl.so.2 /no/such.so:/usr/$LIB/x.so", findings);
  ASSERT_THAT(names(findings), ElementsAre("preload-broken"));
  EXPECT_THAT(findings[0].what, HasSubstr("/no/such.so"));
}

TEST(Command, SudoIsAFindingForAnybodyButRoot) {
  EXPECT_THAT(command_findings({"/usr/bin/sudo", "pytest"}, 1000), ElementsAre("preload-sudo"));
  EXPECT_THAT(command_findings({"sudo", "pytest"}, 0), ElementsAre());
}

TEST(Command, SnapsAndContainersHaveNoLibrary) {
  EXPECT_THAT(command_findings({"snap", "run", "x"}, 0), ElementsAre("preload-snap"));
  EXPECT_THAT(command_findings({"docker", "run", "image", "pytest"}, 0),
              ElementsAre("preload-container"));
  EXPECT_THAT(command_findings({"podman", "exec", "name", "pytest"}, 0),
              ElementsAre("preload-container"));
  EXPECT_THAT(command_findings({"docker", "build"}, 0), ElementsAre());
  EXPECT_THAT(command_findings({"pytest", "docker", "run"}, 0), ElementsAre());
  EXPECT_THAT(command_findings({}, 0), ElementsAre());
}

std::string file_with(const char* name, const std::string& content) {
  std::string path = ::testing::TempDir() + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::vector<std::string> program_findings(const std::string& path, bool is_interpreter) {
  Findings findings;
  check_program(path, is_interpreter, findings);
  return names(findings);
}

TEST(Program, StringsOnTheBorderOfTwoPiecesAreFound) {
  std::string content((1U << 20U) - 8, ' ');
  content += "warning: GOCOVERDIR not set, Go buildinf:";
  unsetenv("GOCOVERDIR");
  EXPECT_THAT(program_findings(file_with("go-border", content), false),
              ElementsAre("go-folder-missing"));
}

TEST(Program, AnotherMachinesPythonIsAnError) {
  std::string elf(
      "\x7f"
      "ELF\x02\x01\x01",
      7);
  elf.resize(4096);
  elf[16] = 2;
  elf[18] = '\xf3';  // EM_RISCV
  EXPECT_THAT(program_findings(file_with("python-riscv", elf), true),
              ElementsAre("program-foreign"));
}

TEST(Findings, ErrorsComeFirstInTheirOrder) {
  Findings findings = {{Level::kNote, "a", "", "", ""},
                       {Level::kError, "b", "", "", ""},
                       {Level::kWarning, "c", "", "", ""},
                       {Level::kError, "d", "", "", ""}};
  sort_findings(findings);
  EXPECT_THAT(names(findings), ElementsAre("b", "d", "c", "a"));
}

TEST(Text, HasColourOnlyWhereItIsWanted) {
  Report report;
  report.findings = {{Level::kError, "check", "what", "file:3", "fix it"}};
  EXPECT_EQ(as_text(report, false),
            "error: what [check]\n  where: file:3\n  fix:   fix it\nprobe: no child was started\n");
  EXPECT_THAT(as_text(report, true), HasSubstr("\033[1;31merror\033[0m"));
}

TEST(Text, SaysWhatBecameOfTheChild) {
  Report report;
  report.child = {
      .ran = true, .saved = false, .why = "a reason", .carried = {"A", "B"}, .measured = ""};
  EXPECT_THAT(as_text(report, false),
              HasSubstr("carries A B; killed, its coverage is lost, a reason"));
  report.child = {.ran = true, .saved = true, .why = "", .carried = {}, .measured = "by X"};
  EXPECT_THAT(as_text(report, false), HasSubstr("nothing found\n"));
  EXPECT_THAT(as_text(report, false),
              HasSubstr("carries nothing; killed, its coverage is saved, measured by X"));
}

TEST(Answer, IsFoundBehindWhatOthersPrint) {
  Report report;
  ASSERT_TRUE(
      add_answer(report,
                 "hello\ncovenv-doctor:{\"python\":\"3.11\",\"findings\":[{\"level\":\"warning\","
                 "\"check\":\"x\"}],\"probe\":{\"saved\":true,\"carried\":[\"A\"]}}\nbye\n"));
  EXPECT_EQ(report.python, "3.11");
  ASSERT_THAT(names(report.findings), ElementsAre("x"));
  EXPECT_EQ(report.findings[0].level, Level::kWarning);
  EXPECT_TRUE(report.child.ran && report.child.saved);
  EXPECT_THAT(report.child.carried, ElementsAre("A"));
}

TEST(Answer, NoneIsToldFromABrokenOne) {
  Report report;
  EXPECT_FALSE(add_answer(report, ""));
  EXPECT_FALSE(add_answer(report, "Traceback"));
  EXPECT_FALSE(add_answer(report, "covenv-doctor:{\"python\":"));
  EXPECT_FALSE(add_answer(report, "covenv-doctor:[]"));
}

TEST(Json, HasAVersion) {
  Report report;
  report.findings = {{Level::kNote, "c", "w", "f:1", "m"}};
  EXPECT_EQ(as_json(report)["version"], 2);
  EXPECT_EQ(as_json(report)["findings"][0]["level"], "note");
  EXPECT_TRUE(as_json(report)["probe"].is_null());
}

}  // namespace
}  // namespace covenv::doctor
