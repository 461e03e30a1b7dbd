// SPDX-License-Identifier: MIT
#include "wrapper/covenv/run/run_log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <variant>

#include "wrapper/covenv/report/writers.h"
#include "wrapper/supervise/log.h"

namespace covenv {
namespace {

using nlohmann::ordered_json;
using spdlog::level::level_enum;

spdlog::sink_ptr open_sink(const std::string& file) {
  if (file.empty()) return std::make_shared<spdlog::sinks::stderr_sink_st>();
  if (const std::string problem = supervise::log_problem(file, 0600); !problem.empty()) {
    throw std::runtime_error(problem);
  }
  return std::make_shared<spdlog::sinks::basic_file_sink_st>(file);
}

std::string dump(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

void write(spdlog::logger* logger, bool as_json, level_enum level, const char* event,
           const ordered_json& fields) {
  if (logger == nullptr || !logger->should_log(level)) return;
  std::string text;
  if (as_json) {
    text = '"' + std::string(event) + '"';
    if (!fields.empty()) text += ',' + dump(fields).substr(1);
    if (fields.empty()) text += '}';
  } else {
    text = event;
    for (const auto& [name, value] : fields.items()) text += ' ' + name + '=' + dump(value);
  }
  logger->log(level, spdlog::string_view_t(text));
}

/// An object of the report, as report.schema.json says.
void write_object(spdlog::logger* logger, const char* event, const std::string& object) {
  const std::string text = '"' + std::string(event) + "\"," + object.substr(1);
  logger->log(level_enum::debug, spdlog::string_view_t(text));
}

/// The word of an enumerator. A process below may have written a value that has none.
template <typename E, std::size_t kCount>
const char* word(E value, const std::array<const char*, kCount>& words) {
  const auto index = static_cast<std::size_t>(value);
  return index < kCount ? words[index] : "unknown";
}

/// An event's name and its fields, as the log has them.
struct Line {
  const char* name;
  ordered_json fields;
};

Line line_of(const LoadedEvent& event) { return {"loaded", {{"parent", event.parent}}}; }

Line line_of(const ExecEvent& event) {
  constexpr std::array kImages = {"unknown", "unreadable", "script",     "other-architecture",
                                  "static",  "dynamic",    "wants-first"};
  return {"exec",
          {{"image", word(event.image, kImages)},
           {"preloaded", bool{event.is_preloaded}},
           {"test", event.test}}};
}

Line line_of(const SpawnedEvent& event) {
  Line line = line_of(event.program);
  line.fields["parent"] = event.parent;
  return {"spawned", line.fields};
}

Line line_of(const MeasuredEvent& event) {
  constexpr std::array kWith = {"saver", "saver-by-choice", "journal", "nothing"};
  return {"measured",
          {{"parent", event.parent}, {"with", word(event.with, kWith)}, {"test", event.test}}};
}

Line line_of(const SavingEvent& /*event*/) { return {"saving", ordered_json::object()}; }

Line line_of(const SavedEvent& event) {
  constexpr std::array kReasons = {"asked", "leaving", "exec", "itself"};
  constexpr std::array kResults = {"none", "done", "failed", "no-thread", "nothing", "no-file"};
  return {"saved",
          {{"reason", word(event.reason, kReasons)},
           {"result", word(event.result, kResults)},
           {"signal", event.signal},
           {"took_ns", event.took}}};
}

Line line_of(const KilledEvent& event) {
  constexpr std::array kHow = {"pass", "save", "save-here", "terminate"};
  return {"killed",
          {{"by", event.by},
           {"signal", event.signal},
           {"how", word(event.how, kHow)},
           {"in_time", bool{event.in_time}},
           {"took_ns", event.took},
           {"test", event.test}}};
}

Line line_of(const ReapedEvent& event) {
  return {"reaped", {{"by", event.by}, {"status", event.status}}};
}

Line line_of(const WrappedEvent& event) {
  return {"wrapped",
          {{"parent", event.parent}, {"command", event.command}, {"grace_ns", event.grace}}};
}

Line line_of(const KeptEvent& event) {
  constexpr std::array kAs = {"data", "erased", "erased-data"};
  return {"kept", {{"by", event.by}, {"as", word(event.as, kAs)}, {"dropped", event.dropped}}};
}

Line line_of(const UnmeasuredEvent& event) {
  constexpr std::array kWhy = {"not-started", "opted-out", "stopped",
                               "goes-on",     "no-source", "runs-other"};
  return {"unmeasured", {{"why", word(event.why, kWhy)}}};
}

Line line_of(const CountersEvent& event) {
  constexpr std::array kFate = {"none",    "saved",   "early", "unclear",
                                "no-file", "unknown", "denied"};
  return {"counters",
          {{"by", event.by},
           {"signal", event.signal},
           {"fate", word(event.fate, kFate)},
           {"took_ns", event.took}}};
}

Line line_of(const TestEvent& event) {
  return {"test", {{"first", event.first}, {"part", event.part}, {"parts", event.parts}}};
}

Line line_of(const BroughtEvent& event) {
  return {
      "brought",
      {{"files", event.files}, {"lines", event.lines}, {"arcs", event.arcs}, {"only", event.only}}};
}

Line line_of(const GainedEvent& event) {
  return {"gained", {{"files", event.files}, {"before", event.before}, {"after", event.after}}};
}

Line line_of(const WorkerEvent& /*event*/) { return {"worker", ordered_json::object()}; }

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

void RunLog::note(const RecordedEvent& record) const {
  const Line line = std::visit([](const auto& event) { return line_of(event); }, record.event);
  ordered_json fields = {{"number", record.number}, {"pid", record.pid}, {"at_ns", record.when}};
  fields.update(line.fields);
  if (!record.text.empty()) fields["text"] = record.text;
  write(logger_.get(), json_, level_enum::debug, line.name, fields);
}

void RunLog::ended(const report::Report& report) const {
  for (const report::Process& process : report.processes) {
    if (!process.loss) continue;
    write(logger_.get(), json_, level_enum::warn, "lost",
          {{"pid", process.pid},
           {"argv", process.argv},
           {"test", process.test},
           {"reason", process.loss->reason},
           {"text", process.loss->text},
           {"fix", process.loss->fix}});
  }
  if (takes_events() && json_) {
    write_object(logger_.get(), "session", report::json_of(report.session));
    if (report.gain) write_object(logger_.get(), "gain", report::json_of(*report.gain));
    for (const report::Process& process : report.processes) {
      write_object(logger_.get(), "process", report::json_of(process));
    }
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
