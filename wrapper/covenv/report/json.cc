// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "wrapper/covenv/report/writers.h"

namespace covenv::report {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json end_json(const End& end) {
  switch (end.how) {
    case End::How::kExit:
      return {{"how", "exit"}, {"code", end.number}};
    case End::How::kSignal:
      return {{"how", "signal"}, {"signal", end.number}};
    case End::How::kUnknown:
      break;
  }
  return {{"how", "unknown"}};
}

Json exit_json(const std::optional<End>& exit) {
  if (!exit || exit->how == End::How::kUnknown) return nullptr;
  return {{exit->how == End::How::kExit ? "code" : "signal", exit->number}};
}

Json saves_json(const std::vector<Save>& saves) {
  Json list = Json::array();
  for (const Save& save : saves) {
    list.push_back({{"why", save.why}, {"took_ns", save.took_ns}, {"ok", save.ok}});
  }
  return list;
}

Json kill_json(const Kill& kill) {
  return {{"signal", kill.signal},
          {"by", or_null(kill.by)},
          {"method", kill.method},
          {"took_ns", kill.took_ns},
          {"outcome", kill.outcome}};
}

Json loss_json(const Loss& loss) {
  return {{"reason", loss.reason}, {"text", loss.text}, {"mend", loss.mend}};
}

Json process_json(const Process& process) {
  return {{"id", process.id},
          {"pid", process.pid},
          {"parent", or_null(process.parent)},
          {"shard", process.shard},
          {"start_ns", process.start_ns},
          {"end_ns", or_null(process.end_ns)},
          {"argv", process.argv},
          {"argv_cut", process.argv_cut},
          {"program", or_null(process.program)},
          {"image", process.image},
          {"restored", process.restored},
          {"preloaded", process.preloaded},
          {"measured", process.measured},
          {"end", process.end ? end_json(*process.end) : Json(nullptr)},
          {"saves", saves_json(process.saves)},
          {"kill", process.kill ? kill_json(*process.kill) : Json(nullptr)},
          {"loss", process.loss ? loss_json(*process.loss) : Json(nullptr)}};
}

Json session_json(const Session& session) {
  return {{"host", session.host},
          {"started", session.started},
          {"wall_ns", session.wall_ns},
          {"command", session.command},
          {"exit", exit_json(session.exit)},
          {"dropped", session.dropped},
          {"grace_ns", session.grace_ns},
          {"kill", session.kill}};
}

Json totals_json(const Totals& totals) {
  return {{"processes", totals.processes},
          {"measured", totals.measured},
          {"restored", totals.restored},
          {"saved", totals.saved},
          {"lost", totals.lost}};
}

Json shard_json(const Shard& shard) {
  return {{"name", shard.name},
          {"host", shard.host},
          {"started", shard.started},
          {"command", shard.command}};
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

// A line for each process: it can be read, and searched with grep, and never is in memory as a
// whole.
void write_json(std::ostream& out, const Report& report) {
  out << "{\"covenv_report\":" << kSchemaVersion << ",\"covenv\":" << dump(report.covenv)
      << ",\n\"session\":" << dump(session_json(report.session))
      << ",\n\"totals\":" << dump(totals_json(report.totals)) << ",\n\"processes\":[";
  const char* separator = "\n";
  for (const Process& process : report.processes) {
    out << separator << dump(process_json(process));
    separator = ",\n";
  }
  out << "\n]";
  if (!report.shards.empty()) {
    separator = ",\n\"shards\":[\n";
    for (const Shard& shard : report.shards) {
      out << separator << dump(shard_json(shard));
      separator = ",\n";
    }
    out << "\n]";
  }
  out << "}\n";
}

}  // namespace covenv::report
