// SPDX-License-Identifier: MIT
#include "wrapper/covenv/run/run_log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

#include "wrapper/covenv/report/words.h"
#include "wrapper/supervise/log.h"

namespace covenv {
namespace {

using nlohmann::ordered_json;
using spdlog::level::level_enum;

spdlog::sink_ptr open_sink(const std::string& file) {
  if (file.empty()) return std::make_shared<spdlog::sinks::stderr_sink_st>();
  if (const std::string problem = supervise::log_problem(file); !problem.empty()) {
    throw std::runtime_error(problem);
  }
  return std::make_shared<spdlog::sinks::basic_file_sink_st>(file);
}

std::string dump(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

void write(spdlog::logger* logger, bool json, level_enum level, const char* event,
           const ordered_json& fields) {
  if (logger == nullptr || !logger->should_log(level)) return;
  std::string text;
  if (json) {
    text = '"' + std::string(event) + '"';
    if (!fields.empty()) text += ',' + dump(fields).substr(1);
    if (fields.empty()) text += '}';
  } else {
    text = event;
    for (const auto& [name, value] : fields.items()) text += ' ' + name + '=' + dump(value);
  }
  logger->log(level, spdlog::string_view_t(text));
}

const char* name_of(Event event) {
  switch (event) {
    case Event::kNone:
      break;
    case Event::kLoaded:
      return "loaded";
    case Event::kExec:
      return "exec";
    case Event::kSpawned:
      return "spawned";
    case Event::kArmed:
      return "measured";
    case Event::kSaving:
      return "saving";
    case Event::kSaved:
      return "saved";
    case Event::kEnded:
      return "killed";
    case Event::kReaped:
      return "reaped";
    case Event::kWrapped:
      return "wrapped";
    case Event::kKept:
      return "kept";
    case Event::kUnmeasured:
      return "unmeasured";
  }
  return "unknown";
}

}  // namespace

RunLog::RunLog(const RunLogOptions& options) : json_(options.json) {
  if (options.file.empty() && options.level.empty()) return;
  // Without spdlog's registry, because that would set up a coloured default logger on stdout first.
  logger_ = std::make_shared<spdlog::logger>("covenv", open_sink(options.file));
  const char* const pattern = json_ ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","event":%v)"
                                    : "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
  logger_->set_formatter(
      std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
  logger_->set_level(options.level.empty() ? level_enum::info
                                           : spdlog::level::from_str(options.level));
  logger_->flush_on(level_enum::debug);
}

bool RunLog::takes_events() const { return logger_ && logger_->should_log(level_enum::debug); }

void RunLog::started(pid_t pid, const std::vector<std::string>& command, const std::string& library,
                     const std::string& session) const {
  write(logger_.get(), json_, level_enum::info, "started",
        {{"pid", pid}, {"command", command}, {"library", library}, {"session", session}});
}

void RunLog::note(const RecordedEvent& event) const {
  ordered_json fields = {{"pid", event.pid}, {"at_ns", event.when}};
  if (event.other != 0) fields["by"] = event.other;
  if (event.value != 0) fields["value"] = event.value;
  if (event.took != 0) fields["took_ns"] = event.took;
  if (!event.text.empty()) fields["text"] = event.text;
  write(logger_.get(), json_, level_enum::debug, name_of(event.kind), fields);
}

void RunLog::ended(const report::Report& report) const {
  for (const report::Process& process : report.processes) {
    if (!process.loss) continue;
    write(logger_.get(), json_, level_enum::warn, "lost",
          {{"pid", process.pid},
           {"argv", process.argv},
           {"reason", process.loss->reason},
           {"text", process.loss->text},
           {"fix", process.loss->fix}});
  }
  const report::Totals& totals = report.totals;
  ordered_json fields;
  const report::End& end = *report.session.exit;
  fields[end.how == report::End::How::kSignal ? "signal" : "code"] = end.number;
  fields.update({{"processes", totals.processes},
                 {"measured", totals.measured},
                 {"restored", totals.restored},
                 {"saved", totals.saved},
                 {"lost", totals.lost},
                 {"dropped", report.session.dropped}});
  write(logger_.get(), json_, level_enum::info, "ended", fields);
}

}  // namespace covenv
