// SPDX-License-Identifier: MIT
#pragma once

#include <sstream>
#include <string>
#include <utility>

#include "wrapper/covenv/report/model.h"
#include "wrapper/covenv/report/parse.h"

namespace covenv::report {

inline Process made_up(std::int64_t id, std::optional<std::int64_t> parent = std::nullopt) {
  Process process;
  process.id = id;
  process.pid = 1000 + id;
  process.parent = parent;
  process.start_ns = id * 1'000'000;
  process.end_ns = process.start_ns + 5'000'000;
  process.argv = {"program", std::to_string(id)};
  process.end = End{End::How::kExit, 0};
  return process;
}

inline Process saved(std::int64_t id, std::int64_t by) {
  Process process = made_up(id, by);
  process.measured = true;
  process.end = End{End::How::kSignal, 9};
  process.saves = {{SaveWhy::kKill, 2'000'000, true}};
  process.kill = Kill{9, by, KillMethod::kSave, 2'000'000, KillOutcome::kEnded};
  return process;
}

inline Process lost(std::int64_t id, const std::string& program,
                    const std::string& reason = "static-binary") {
  Process process = made_up(id);
  process.program = program;
  process.argv = {program};
  process.loss = Loss{reason, "It is static.", "Link it dynamically."};
  return process;
}

inline Report made_up_of(std::deque<Process> processes) {
  Report report;
  report.covenv = "0.1.0";
  report.session.host = "host";
  report.session.started = "2026-11-25T22:38:09.123Z";
  report.session.wall_ns = 50'000'000;
  report.session.command = {"pytest", "-q"};
  report.session.exit = End{End::How::kExit, 0};
  report.processes = std::move(processes);
  report.totals = count(report.processes);
  return report;
}

template <typename Write>
std::string written(Write write, const Report& report) {
  std::ostringstream out;
  write(out, report);
  return out.str();
}

inline Report parsed(const std::string& text) {
  std::istringstream input(text);
  return parse(input, "out.json");
}

}  // namespace covenv::report
