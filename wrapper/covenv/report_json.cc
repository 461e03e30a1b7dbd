// SPDX-License-Identifier: MIT
#include "report_json.h"

#include <sys/wait.h>

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "summary.h"

namespace covenv {
namespace {

using nlohmann::ordered_json;

ordered_json end_of(const std::optional<int>& status) {
  if (!status) return nullptr;
  if (WIFSIGNALED(*status)) return {{"how", "signal"}, {"signal", WTERMSIG(*status)}};
  return {{"how", "exit"}, {"code", WEXITSTATUS(*status)}};
}

const char* name_of(Image image) {
  switch (image) {
    case Image::kDynamic:
      return "dynamic";
    case Image::kStatic:
      return "static";
    case Image::kScript:
      return "script";
    case Image::kForeign:
      return "other-architecture";
    case Image::kUnknown:
    case Image::kUnreadable:
    case Image::kWantsFirst:
      break;
  }
  return "unknown";
}

const char* name_of(SaveReason why) {
  switch (why) {
    case SaveReason::kAsked:
      return "kill";
    case SaveReason::kLeaving:
      return "exit";
    case SaveReason::kExec:
      break;
  }
  return "exec";
}

const char* name_of(EndingKind method) {
  switch (method) {
    case EndingKind::kSaveThenDie:
    case EndingKind::kSaveHere:
      return "save";
    case EndingKind::kTerminateThenKill:
      return "terminate";
    case EndingKind::kPassThrough:
      break;
  }
  return "pass";
}

class Writer {
 public:
  explicit Writer(const std::vector<ProcessStory>& processes) : processes_(processes) {
    for (std::size_t i = 0; i < processes.size(); ++i) id_of_pid_[processes[i].pid] = i + 1;
  }

  [[nodiscard]] ordered_json process(std::size_t index) const {
    const ProcessStory& process = processes_[index];
    ordered_json json = {
        {"id", index + 1},
        {"pid", process.pid},
        {"parent", process.parent ? ordered_json(*process.parent + 1) : ordered_json()},
        {"start_ns", process.start},
        {"end_ns", process.end ? ordered_json(*process.end) : ordered_json()},
        {"argv", process.argv},
        {"argv_cut", process.argv_cut},
        {"program", process.program.empty() ? ordered_json() : ordered_json(process.program)},
        {"image",
         name_of(process.image.value_or(process.preloaded ? Image::kDynamic : Image::kUnknown))},
        {"restored", process.restored},
        {"preloaded", process.preloaded},
        {"measured", process.measured},
        {"end", process.status ? end_of(process.status)
                : process.end  ? ordered_json({{"how", "unknown"}})
                               : ordered_json()},
        {"saves", ordered_json::array()},
        {"kill", nullptr},
        {"loss", nullptr},
    };
    for (const Save& save : process.saves) {
      json["saves"].push_back(
          {{"why", name_of(save.why)}, {"took_ns", save.took}, {"ok", save.ok}});
    }
    if (process.kill) json["kill"] = kill(*process.kill);
    if (process.loss) {
      json["loss"] = {{"reason", process.loss->reason},
                      {"text", process.loss->text},
                      {"mend", process.loss->mend}};
    }
    return json;
  }

 private:
  [[nodiscard]] ordered_json kill(const Kill& kill) const {
    const auto by = id_of_pid_.find(kill.by);
    return {
        {"signal", kill.signal},
        {"by", by != id_of_pid_.end() ? ordered_json(by->second) : ordered_json()},
        {"method", name_of(kill.method)},
        {"took_ns", kill.took},
        {"outcome", kill.ended || kill.method == EndingKind::kPassThrough ? "ended" : "timed-out"}};
  }

  const std::vector<ProcessStory>& processes_;
  std::unordered_map<int, std::size_t> id_of_pid_;
};

}  // namespace

std::string to_json(const SessionFacts& facts, const std::vector<ProcessStory>& processes) {
  const Totals totals = totals_of(processes);
  ordered_json exit = end_of(facts.status);
  if (exit.is_object()) exit.erase("how");
  ordered_json json = {
      {"covenv_report", 1},
      {"covenv", COVENV_VERSION},
      {"session",
       {{"host", facts.host},
        {"started", facts.started},
        {"wall_ns", facts.wall},
        {"command", facts.command},
        {"exit", exit},
        {"dropped", facts.dropped}}},
      {"totals",
       {{"processes", totals.processes},
        {"measured", totals.measured},
        {"restored", totals.restored},
        {"saved", totals.saved},
        {"lost", totals.lost}}},
      {"processes", ordered_json::array()},
  };
  const Writer writer(processes);
  for (std::size_t i = 0; i < processes.size(); ++i) {
    json["processes"].push_back(writer.process(i));
  }
  return json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace covenv
