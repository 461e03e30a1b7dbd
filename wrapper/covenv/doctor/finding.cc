// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/finding.h"

#include <algorithm>

namespace covenv::doctor {
namespace {

using nlohmann::json;

constexpr const char* kMark = "covenv-doctor:";

std::string painted(const std::string& text, const char* code, bool colour) {
  return colour ? std::string("\033[") + code + "m" + text + "\033[0m" : text;
}

const char* colour_of(Level level) {
  switch (level) {
    case Level::kError:
      return "1;31";
    case Level::kWarning:
      return "1;33";
    case Level::kNote:
      break;
  }
  return "1;36";
}

std::string tools_of(const Report& report) {
  if (report.python.empty()) return "";
  std::string text = "Python " + report.python;
  if (!report.coverage.empty()) text += ", coverage " + report.coverage;
  if (!report.pytest_cov.empty()) text += ", pytest-cov " + report.pytest_cov;
  text += report.config_file.empty() ? ", no configuration file" : ", " + report.config_file;
  return " (" + text + ")";
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text.empty() ? "nothing" : text;
}

std::string last_line(const Report& report, bool colour) {
  const ProbeChild& child = report.child;
  if (!child.ran) return "probe: no child was started" + tools_of(report) + "\n";
  const std::string verdict = child.saved ? painted("saved", "1;32", colour)
                                          : painted("lost", "1;31", colour) + ", " + child.why;
  return "probe: a child with env={} carries " + joined(child.carried) +
         "; killed, its coverage is " + verdict +
         (child.measured.empty() ? "" : ", measured " + child.measured) + tools_of(report) + "\n";
}

}  // namespace

const char* level_name(Level level) {
  switch (level) {
    case Level::kError:
      return "error";
    case Level::kWarning:
      return "warning";
    case Level::kNote:
      break;
  }
  return "note";
}

Level level_of(const std::string& name) {
  if (name == "warning") return Level::kWarning;
  return name == "note" ? Level::kNote : Level::kError;
}

void sort_findings(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.level < b.level; });
}

std::string as_text(const Report& report, bool colour) {
  std::string text;
  for (const Finding& finding : report.findings) {
    text += painted(level_name(finding.level), colour_of(finding.level), colour) + ": " +
            finding.what + " [" + finding.check + "]\n";
    if (!finding.where.empty()) text += "  where: " + finding.where + "\n";
    if (!finding.fix.empty()) text += "  fix:   " + finding.fix + "\n";
  }
  if (report.findings.empty()) text += "nothing found\n";
  return text + last_line(report, colour);
}

json as_json(const Report& report) {
  json findings = json::array();
  for (const Finding& finding : report.findings) {
    findings.push_back({{"level", level_name(finding.level)},
                        {"check", finding.check},
                        {"what", finding.what},
                        {"where", finding.where},
                        {"fix", finding.fix}});
  }
  json child = nullptr;
  if (report.child.ran) {
    child = {{"saved", report.child.saved},
             {"why", report.child.why},
             {"carried", report.child.carried},
             {"measured", report.child.measured}};
  }
  return {{"version", 2},
          {"interpreter", report.interpreter},
          {"python", report.python},
          {"coverage", report.coverage},
          {"pytest_cov", report.pytest_cov},
          {"config_file", report.config_file},
          {"findings", findings},
          {"probe", child}};
}

bool add_answer(Report& report, const std::string& output) {
  // The user's .pth files and plugins may print as well.
  const std::size_t mark = output.rfind(kMark);
  if (mark == std::string::npos) return false;
  const std::size_t begin = mark + std::char_traits<char>::length(kMark);
  const std::string line = output.substr(begin, output.find('\n', begin) - begin);
  const json answer = json::parse(line, nullptr, false);
  if (!answer.is_object()) return false;
  report.interpreter = answer.value("executable", report.interpreter);
  report.python = answer.value("python", "");
  report.config_file = answer.value("config_file", "");
  const json versions = answer.value("versions", json::object());
  report.coverage = versions.value("coverage", "");
  report.pytest_cov = versions.value("pytest-cov", "");
  for (const json& finding : answer.value("findings", json::array())) {
    report.findings.push_back({level_of(finding.value("level", "")), finding.value("check", ""),
                               finding.value("what", ""), finding.value("where", ""),
                               finding.value("fix", "")});
  }
  const json probe = answer.value("probe", json());
  if (!probe.is_object()) return true;
  report.child = {.ran = true,
                  .saved = probe.value("saved", false),
                  .why = probe.value("why", ""),
                  .carried = probe.value("carried", std::vector<std::string>()),
                  .measured = probe.value("measured", "")};
  return true;
}

}  // namespace covenv::doctor
