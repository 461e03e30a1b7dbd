// SPDX-License-Identifier: MIT
// The JSON trace event format. A process of the trace is a shard, and a thread of the trace is one
// of our processes, so that each has a row of its own even if a pid was used again.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "wrapper/common/printable.h"
#include "wrapper/common/signal_names.h"
#include "wrapper/covenv/report/tree.h"
#include "wrapper/covenv/report/words.h"
#include "wrapper/covenv/report/writers.h"

namespace covenv::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostName = 200;

double microseconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e3; }

class Trace {
 public:
  Trace(std::ostream& out, const Report& report) : out_(out), report_(report), tree_(report) {}

  void write() {
    out_ << "{\"displayTimeUnit\":\"ms\",\"otherData\":"
         << dump({{"covenv", report_.covenv},
                  {"host", report_.session.host},
                  {"started", report_.session.started},
                  {"command", command_line(report_.session.command)}})
         << ",\"traceEvents\":[";
    write_shards();
    std::int64_t order = 0;
    for (const Tree::Node& node : tree_.nodes()) {
      write_process(report_.processes[node.index], order++);
    }
    out_ << "\n]}\n";
  }

 private:
  static std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  void add(const Json& event) {
    out_ << separator_ << dump(event);
    separator_ = ",\n";
  }

  void add_name(const char* what, std::size_t pid, std::int64_t tid, const Json& arguments) {
    add({{"ph", "M"}, {"name", what}, {"pid", pid}, {"tid", tid}, {"args", arguments}});
  }

  void write_shards() {
    if (report_.shards.empty()) {
      add_name("process_name", 1, 0, {{"name", command_line(report_.session.command, kMostName)}});
      return;
    }
    for (std::size_t i = 0; i < report_.shards.size(); ++i) {
      add_name("process_name", i + 1, 0, {{"name", printable(report_.shards[i].name, kMostName)}});
      add_name("process_sort_index", i + 1, 0, {{"sort_index", i}});
    }
  }

  std::int64_t end_of(const Process& process) const {
    return process.end_ns ? *process.end_ns : std::max(report_.session.wall_ns, process.start_ns);
  }

  static Json about(const Process& process) {
    Json arguments = {{"pid", process.pid},
                      {"command", name_of(process)},
                      {"end", end_text(process)},
                      {"measured", process.measured}};
    if (process.brought) arguments["brought"] = brought_text(process);
    if (!process.test.empty()) arguments["test"] = process.test;
    if (!process.restored.empty()) arguments["restored"] = process.restored;
    if (process.loss) {
      arguments["lost"] = process.loss->reason;
      arguments["why"] = process.loss->text;
      arguments["fix"] = process.loss->fix;
    }
    return arguments;
  }

  void add_slice(const Process& process, const std::string& name, const char* category,
                 std::int64_t from, std::int64_t to, const Json& arguments) {
    add({{"ph", "X"},
         {"name", name},
         {"cat", category},
         {"pid", process.shard + 1},
         {"tid", process.id},
         {"ts", microseconds(from)},
         {"dur", microseconds(to - from)},
         {"args", arguments}});
  }

  void write_process(const Process& process, std::int64_t order) {
    add_name("thread_name", process.shard + 1, process.id,
             {{"name", name_of(process, kMostName) + " (" + std::to_string(process.pid) + ")"}});
    add_name("thread_sort_index", process.shard + 1, process.id, {{"sort_index", order}});
    const std::int64_t end = end_of(process);
    add_slice(process, name_of(process, kMostName), "process", process.start_ns, end,
              about(process));
    if (process.kill) write_kill(process, *process.kill, end);
    if (process.loss) {
      add({{"ph", "i"},
           {"s", "t"},
           {"name", "LOST: " + process.loss->reason},
           {"cat", "loss"},
           {"pid", process.shard + 1},
           {"tid", process.id},
           {"ts", microseconds(end)}});
    }
  }

  void write_kill(const Process& process, const Kill& kill, std::int64_t end) {
    const std::int64_t asked = std::max(process.start_ns, end - kill.took_ns);
    const char* const outcome = is_saved(process)                        ? ": saved"
                                : kill.outcome == KillOutcome::kTimedOut ? ": timed out"
                                                                         : "";
    add_slice(process, signal_name(kill.signal) + outcome, "kill", asked, end,
              {{"method", text_of(kill.method)}, {"outcome", text_of(kill.outcome)}});
    const Process* const killer = kill.by ? tree_.find(*kill.by) : nullptr;
    if (killer == nullptr) return;
    // A flow begins in the slice that is open there and then.
    const std::int64_t sent = std::clamp(asked, killer->start_ns, end_of(*killer));
    add_flow("s", *killer, sent, process.id);
    add_flow("f", process, asked, process.id);
  }

  void add_flow(const char* phase, const Process& process, std::int64_t at, std::int64_t id) {
    Json flow = {{"ph", phase},
                 {"name", "kill"},
                 {"cat", "kill"},
                 {"id", id},
                 {"pid", process.shard + 1},
                 {"tid", process.id},
                 {"ts", microseconds(at)}};
    if (*phase == 'f') flow["bp"] = "e";
    add(flow);
  }

  std::ostream& out_;
  const Report& report_;
  const Tree tree_;
  const char* separator_ = "\n";
};

}  // namespace

void write_perfetto(std::ostream& out, const Report& report) { Trace(out, report).write(); }

}  // namespace covenv::report
