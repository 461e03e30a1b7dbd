// SPDX-License-Identifier: MIT
#include "wrapper/covenv/report/merge.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <unordered_map>
#include <utility>

namespace covenv::report {
namespace {

/// Without folder and extension if the names then still differ, else the whole paths.
std::vector<std::string> shard_names(const std::vector<Named>& reports) {
  std::vector<std::string> names;
  names.reserve(reports.size());
  for (const Named& named : reports) names.push_back(std::filesystem::path(named.path).stem());
  if (std::set<std::string>(names.begin(), names.end()).size() == names.size()) return names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = reports[i].path;
  return names;
}

bool is_success(const std::optional<End>& exit) {
  return exit && exit->how == End::How::kExit && exit->number == 0;
}

template <typename T>
void keep_if_same(T& kept, const T& other) {
  if (kept != other) kept = T();
}

void add_session(Session& all, const Session& session) {
  keep_if_same(all.host, session.host);
  keep_if_same(all.command, session.command);
  keep_if_same(all.kill, session.kill);
  if (all.started.empty() || (!session.started.empty() && session.started < all.started)) {
    all.started = session.started;
  }
  all.wall_ns = std::max(all.wall_ns, session.wall_ns);
  all.grace_ns = std::max(all.grace_ns, session.grace_ns);
  all.dropped += session.dropped;
  if (is_success(all.exit)) all.exit = session.exit;
}

void add_totals(Totals& all, const Totals& totals) {
  all.processes += totals.processes;
  all.measured += totals.measured;
  all.restored += totals.restored;
  all.saved += totals.saved;
  all.lost += totals.lost;
}

void add_processes(Report& all, Report& report, std::size_t first_shard) {
  auto next = static_cast<std::int64_t>(all.processes.size()) + 1;
  std::unordered_map<std::int64_t, std::int64_t> ids;
  for (const Process& process : report.processes) ids.emplace(process.id, next++);
  const auto renumber = [&](std::optional<std::int64_t>& id) {
    if (!id) return;
    const auto found = ids.find(*id);
    id = found == ids.end() ? std::nullopt : std::optional(found->second);
  };
  while (!report.processes.empty()) {
    Process process = std::move(report.processes.front());
    report.processes.pop_front();
    process.id = ids[process.id];
    renumber(process.parent);
    if (process.kill) renumber(process.kill->by);
    process.shard += first_shard;
    all.processes.push_back(std::move(process));
  }
}

}  // namespace

Report merge(std::vector<Named> reports) {
  Report all;
  const std::vector<std::string> names = shard_names(reports);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    Report& report = reports[i].report;
    if (i == 0) {
      all.covenv = report.covenv;
      all.session = report.session;
    } else {
      add_session(all.session, report.session);
    }
    add_totals(all.totals, report.totals);
    add_processes(all, report, all.shards.size());
    if (report.shards.empty()) {
      const Session& session = report.session;
      all.shards.push_back(
          {names[i], session.host, session.started, session.command, std::move(report.gain)});
    }
    for (Shard& shard : report.shards) {
      shard.name = names[i] + "/" + shard.name;
      all.shards.push_back(std::move(shard));
    }
  }
  return all;
}

}  // namespace covenv::report
