// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "wrapper/covenv/report/words.h"
#include "wrapper/covenv/report/writers.h"

namespace covenv::report {
namespace {

using Json = nlohmann::ordered_json;

/// A string as JSON. Strings without escapes, most of them, go past the library, because there are
/// some 20 in each of 100 000 processes.
void append(std::string& out, const std::string& text) {
  const auto is_plain = [](char character) {
    return character >= 0x20 && character < 0x7F && character != '"' && character != '\\';
  };
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    out += '"';
    out += text;
    out += '"';
  } else {
    out += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}
void append(std::string& out, bool flag) { out += flag ? "true" : "false"; }
void append(std::string& out, std::int64_t number) {
  std::array<char, 20> digits;
  out.append(digits.data(), std::to_chars(digits.begin(), digits.end(), number).ptr);
}
void append(std::string& out, int number) { append(out, std::int64_t{number}); }
void append(std::string& out, const End& end);
void append(std::string& out, const Save& save);
void append(std::string& out, const Kill& kill);
void append(std::string& out, const Loss& loss);
void append(std::string& out, const Brought& brought);

template <typename E>
void append(std::string& out, const Word<E>& word) {
  append(out, text_of(word));
}

template <typename T>
void append(std::string& out, const std::optional<T>& value) {
  if (value) {
    append(out, *value);
  } else {
    out += "null";
  }
}

template <typename T>
void append(std::string& out, const std::vector<T>& list) {
  out += '[';
  for (const T& value : list) {
    if (&value != list.data()) out += ',';
    append(out, value);
  }
  out += ']';
}

/// One object: its fields in the order of the calls.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) {}
  ~Object() { out_ += is_empty_ ? "{}" : "}"; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  template <typename T>
  Object& field(const char* name, const T& value) {
    out_ += is_empty_ ? "{\"" : ",\"";
    is_empty_ = false;
    out_ += name;
    out_ += "\":";
    append(out_, value);
    return *this;
  }

 private:
  std::string& out_;
  bool is_empty_ = true;
};

void append(std::string& out, const End& end) {
  static const std::string exit = "exit";
  static const std::string signal = "signal";
  static const std::string unknown = "unknown";
  Object object(out);
  switch (end.how) {
    case End::How::kExit:
      object.field("how", exit).field("code", end.number);
      break;
    case End::How::kSignal:
      object.field("how", signal).field("signal", end.number);
      break;
    case End::How::kUnknown:
      object.field("how", unknown);
      break;
  }
}

void append(std::string& out, const Save& save) {
  Object(out).field("why", save.why).field("took_ns", save.took_ns).field("ok", save.ok);
}

void append(std::string& out, const Kill& kill) {
  Object(out)
      .field("signal", kill.signal)
      .field("by", kill.by)
      .field("method", kill.method)
      .field("took_ns", kill.took_ns)
      .field("outcome", kill.outcome)
      .field("test", kill.test);
}

void append(std::string& out, const Loss& loss) {
  Object(out).field("reason", loss.reason).field("text", loss.text).field("fix", loss.fix);
}

void append(std::string& out, const Brought& brought) {
  Object(out)
      .field("files", brought.files)
      .field("lines", brought.lines)
      .field("arcs", brought.arcs)
      .field("only", brought.only)
      .field("data", brought.data);
}

void append(std::string& out, const Process& process) {
  Object(out)
      .field("id", process.id)
      .field("pid", process.pid)
      .field("parent", process.parent)
      .field("shard", static_cast<std::int64_t>(process.shard))
      .field("start_ns", process.start_ns)
      .field("end_ns", process.end_ns)
      .field("argv", process.argv)
      .field("argv_cut", process.argv_cut)
      .field("program", process.program)
      .field("image", process.image)
      .field("restored", process.restored)
      .field("preloaded", process.preloaded)
      .field("measured", process.measured)
      .field("end", process.end)
      .field("saves", process.saves)
      .field("kill", process.kill)
      .field("loss", process.loss)
      .field("note", process.note)
      .field("start", process.start)
      .field("test", process.test)
      .field("outside", process.outside)
      .field("worker", process.worker)
      .field("brought", process.brought);
}

Json exit_json(const std::optional<End>& exit) {
  if (!exit || exit->how == End::How::kUnknown) return nullptr;
  return {{exit->how == End::How::kExit ? "code" : "signal", exit->number}};
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

Json gain_json(const Gain& gain) {
  Json largest = Json::array();
  for (const FileGain& file : gain.largest) {
    Json json = {{"file", file.file}, {"before", file.before}, {"after", file.after}};
    if (file.percents) {
      json["percents"] = {{"before", file.percents->before}, {"after", file.percents->after}};
    }
    largest.push_back(std::move(json));
  }
  return {
      {"files", gain.files}, {"before", gain.before}, {"after", gain.after}, {"largest", largest}};
}

Json shard_json(const Shard& shard) {
  return {{"name", shard.name},
          {"host", shard.host},
          {"started", shard.started},
          {"command", shard.command},
          {"gain", shard.gain ? gain_json(*shard.gain) : Json()}};
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string json_of(const Process& process) {
  std::string text;
  append(text, process);
  return text;
}

std::string json_of(const Session& session) { return dump(session_json(session)); }

std::string json_of(const Gain& gain) { return dump(gain_json(gain)); }

// A line for each process, so that the file can be searched with grep, and is never in memory as a
// whole.
void write_json(std::ostream& out, const Report& report) {
  out << "{\"covenv_report\":" << kSchemaVersion << ",\"covenv\":" << dump(report.covenv)
      << ",\n\"session\":" << dump(session_json(report.session))
      << ",\n\"totals\":" << dump(totals_json(report.totals))
      << ",\n\"gain\":" << (report.gain ? json_of(*report.gain) : "null") << ",\n\"processes\":[";
  const char* separator = "\n";
  std::string line;
  for (const Process& process : report.processes) {
    line = separator;
    append(line, process);
    out << line;
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
