// SPDX-License-Identifier: MIT
#include "wrapper/covenv/report/parse.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "wrapper/covenv/report/words.h"

namespace covenv::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kWriteAnew = "write it anew with `covenv run --report FILE -- ...`";

/// A field is not as the schema demands.
class Wrong {
 public:
  Wrong(std::string where, std::string what) : where_(std::move(where)), what_(std::move(what)) {}
  std::string text() const { return where_ + " " + what_; }
  Wrong inside(const std::string& outer) const {
    return {where_.front() == '[' ? outer + where_ : outer + "." + where_, what_};
  }

 private:
  std::string where_;
  std::string what_;
};

[[noreturn]] void fail(const std::string& name, const std::string& what, const std::string& fix) {
  throw Error(name + ": " + what + "; " + fix);
}

const Json* find(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

const Json& need(const Json& object, const char* name) {
  const Json* const value = find(object, name);
  if (value == nullptr) throw Wrong(name, "is missing");
  return *value;
}

/// Runs `read`; a Wrong of its lies inside `outer`.
template <typename Read>
auto inside(const std::string& outer, Read read) {
  try {
    return read();
  } catch (const Wrong& wrong) {
    throw wrong.inside(outer);
  }
}

std::int64_t whole(const Json& value, const char* name, std::int64_t least, std::int64_t most) {
  const auto wrong = [&] {
    return Wrong(name, "must be a whole number from " + std::to_string(least) + " to " +
                           std::to_string(most) + ", not " + value.dump().substr(0, 40));
  };
  if (!value.is_number_integer()) throw wrong();
  if (value.is_number_unsigned()) {
    if (value.get<std::uint64_t>() > static_cast<std::uint64_t>(most)) throw wrong();
  }
  const auto number = value.get<std::int64_t>();
  if (number < least || number > most) throw wrong();
  return number;
}

// The largest integer that a double holds exactly, because the page is JavaScript.
constexpr std::int64_t kMost = (std::int64_t{1} << 53) - 1;
constexpr std::int64_t kMostInt = std::numeric_limits<int>::max();

std::int64_t whole(const Json& object, const char* name, std::int64_t least = 0) {
  return whole(need(object, name), name, least, kMost);
}

int small(const Json& object, const char* name) {
  return static_cast<int>(whole(need(object, name), name, 0, kMostInt));
}

std::int64_t whole_or(const Json& object, const char* name, std::int64_t missing) {
  const Json* const value = find(object, name);
  return value == nullptr ? missing : whole(*value, name, 0, kMost);
}

std::optional<std::int64_t> maybe_whole(const Json& object, const char* name) {
  const Json* const value = find(object, name);
  if (value == nullptr) return std::nullopt;
  return whole(*value, name, 0, kMost);
}

const std::string& string(const Json& value, const char* name) {
  if (!value.is_string()) throw Wrong(name, "must be a string");
  return value.get_ref<const std::string&>();
}

std::string string_or(const Json& object, const char* name, const char* missing) {
  const Json* const value = find(object, name);
  return value == nullptr ? missing : string(*value, name);
}

template <typename E>
Word<E> word_or(const Json& object, const char* name, E missing) {
  const Json* const value = find(object, name);
  return value == nullptr ? missing : word_of<E>(string(*value, name));
}

bool flag(const Json& object, const char* name) {
  const Json* const value = find(object, name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) throw Wrong(name, "must be true or false");
  return value->get<bool>();
}

const Json* maybe_list(const Json& object, const char* name) {
  const Json* const value = find(object, name);
  if (value != nullptr && !value->is_array()) throw Wrong(name, "must be a list");
  return value;
}

const Json* maybe_object(const Json& object, const char* name) {
  const Json* const value = find(object, name);
  if (value != nullptr && !value->is_object()) throw Wrong(name, "must be an object");
  return value;
}

std::vector<std::string> strings(const Json& object, const char* name) {
  std::vector<std::string> result;
  const Json* const list = maybe_list(object, name);
  if (list == nullptr) return result;
  result.reserve(list->size());
  for (const Json& value : *list) {
    if (!value.is_string()) throw Wrong(name, "must be a list of strings");
    result.push_back(value.get_ref<const std::string&>());
  }
  return result;
}

std::optional<End> end_of(const Json& process) {
  const Json* const end = maybe_object(process, "end");
  if (end == nullptr) return std::nullopt;
  return inside("end", [&] {
    const std::string& how = string(need(*end, "how"), "how");
    if (how == "exit") return End{End::How::kExit, small(*end, "code")};
    if (how == "signal") return End{End::How::kSignal, small(*end, "signal")};
    return End{};
  });
}

std::optional<End> exit_of(const Json& session) {
  const Json* const exit = maybe_object(session, "exit");
  if (exit == nullptr) return std::nullopt;
  return inside("exit", [&] {
    if (find(*exit, "signal") != nullptr) return End{End::How::kSignal, small(*exit, "signal")};
    return End{End::How::kExit, small(*exit, "code")};
  });
}

std::vector<Save> saves_of(const Json& process) {
  std::vector<Save> saves;
  const Json* const list = maybe_list(process, "saves");
  if (list == nullptr) return saves;
  saves.reserve(list->size());
  for (const Json& save : *list) {
    if (!save.is_object()) throw Wrong("saves", "must be a list of objects");
    saves.push_back(inside("saves", [&] {
      return Save{word_of<SaveWhy>(string(need(save, "why"), "why")), whole_or(save, "took_ns", 0),
                  flag(save, "ok")};
    }));
  }
  return saves;
}

std::optional<Kill> kill_of(const Json& process) {
  const Json* const kill = maybe_object(process, "kill");
  if (kill == nullptr) return std::nullopt;
  return inside("kill", [&] {
    return Kill{small(*kill, "signal"),
                maybe_whole(*kill, "by"),
                word_or(*kill, "method", KillMethod::kPass),
                whole_or(*kill, "took_ns", 0),
                word_or(*kill, "outcome", KillOutcome::kEnded),
                string_or(*kill, "test", "")};
  });
}

std::optional<Loss> loss_of(const Json& process) {
  const Json* const loss = maybe_object(process, "loss");
  if (loss == nullptr) return std::nullopt;
  return inside("loss", [&] {
    const char* const fix = find(*loss, "fix") != nullptr ? "fix" : "mend";  // as in version 1
    return Loss{string(need(*loss, "reason"), "reason"), string_or(*loss, "text", ""),
                string_or(*loss, fix, "")};
  });
}

std::optional<Brought> brought_of(const Json& process) {
  const Json* const brought = maybe_object(process, "brought");
  if (brought == nullptr) return std::nullopt;
  return inside("brought", [&] {
    return Brought{whole(*brought, "files"), whole(*brought, "lines"),
                   whole_or(*brought, "arcs", 0), whole_or(*brought, "only", 0),
                   string_or(*brought, "data", "")};
  });
}

double percent(const Json& object, const char* name) {
  const Json& value = need(object, name);
  const double number = value.is_number() ? value.get<double>() : -1;
  if (!(number >= 0 && number <= 100)) throw Wrong(name, "must be a number from 0 to 100");
  return number;
}

std::optional<Percents> percents_of(const Json& file) {
  const Json* const percents = maybe_object(file, "percents");
  if (percents == nullptr) return std::nullopt;
  return inside("percents", [&] {
    return Percents{percent(*percents, "before"), percent(*percents, "after")};
  });
}

std::optional<Gain> gain_of(const Json& root) {
  const Json* const gain = maybe_object(root, "gain");
  if (gain == nullptr) return std::nullopt;
  return inside("gain", [&] {
    Gain made{whole(*gain, "files"), whole(*gain, "before"), whole(*gain, "after"), {}};
    const Json* const largest = maybe_list(*gain, "largest");
    if (largest == nullptr) return made;
    for (const Json& file : *largest) {
      if (!file.is_object()) throw Wrong("largest", "must be a list of objects");
      made.largest.push_back({string(need(file, "file"), "file"), whole(file, "before"),
                              whole(file, "after"), percents_of(file)});
    }
    return made;
  });
}

Process process_of(const Json& object) {
  Process process;
  process.id = whole(object, "id", 1);
  process.pid = whole(object, "pid", 0);
  process.parent = maybe_whole(object, "parent");
  process.shard = static_cast<std::size_t>(whole_or(object, "shard", 0));
  process.start_ns = whole(object, "start_ns");
  process.end_ns = maybe_whole(object, "end_ns");
  if (process.end_ns && *process.end_ns < process.start_ns) {
    throw Wrong("end_ns", "lies before start_ns");
  }
  process.argv = strings(object, "argv");
  process.argv_cut = flag(object, "argv_cut");
  if (const Json* const program = find(object, "program")) {
    process.program = string(*program, "program");
  }
  process.image = word_or(object, "image", Image::kUnknown);
  process.restored = strings(object, "restored");
  process.preloaded = flag(object, "preloaded");
  process.measured = flag(object, "measured");
  process.end = end_of(object);
  process.saves = saves_of(object);
  process.kill = kill_of(object);
  process.loss = loss_of(object);
  process.note = word_or(object, "note", Note::kNone);
  process.start = word_or(object, "start", Start::kByItself);
  process.test = string_or(object, "test", "");
  process.outside = strings(object, "outside");
  process.worker = string_or(object, "worker", "");
  process.brought = brought_of(object);
  return process;
}

Session session_of(const Json& object) {
  Session session;
  session.host = string_or(object, "host", "");
  session.started = string_or(object, "started", "");
  session.wall_ns = whole_or(object, "wall_ns", 0);
  session.command = strings(object, "command");
  session.exit = exit_of(object);
  session.dropped = whole_or(object, "dropped", 0);
  session.grace_ns = whole_or(object, "grace_ns", 0);
  session.kill = string_or(object, "kill", "");
  return session;
}

Totals totals_of(const Json& object) {
  return {whole(object, "processes"), whole(object, "measured"), whole(object, "restored"),
          whole(object, "saved"), whole(object, "lost")};
}

std::vector<Shard> shards_of(const Json& root) {
  std::vector<Shard> shards;
  const Json* const list = maybe_list(root, "shards");
  if (list == nullptr) return shards;
  for (const Json& shard : *list) {
    if (!shard.is_object()) throw Wrong("shards", "must be a list of objects");
    shards.push_back(inside("shards[" + std::to_string(shards.size()) + "]", [&] {
      return Shard{string(need(shard, "name"), "name"), string_or(shard, "host", ""),
                   string_or(shard, "started", ""), strings(shard, "command"), gain_of(shard)};
    }));
  }
  return shards;
}

/// Ids are unique, and parents, killers and shards are there; no process descends from itself.
void check_references(const Report& report) {
  std::unordered_map<std::int64_t, std::size_t> index;
  index.reserve(report.processes.size());
  const auto place = [](std::size_t number) { return "processes[" + std::to_string(number) + "]"; };
  for (std::size_t i = 0; i < report.processes.size(); ++i) {
    const Process& process = report.processes[i];
    if (!index.emplace(process.id, i).second) {
      throw Wrong(place(i), "has the id of another: " + std::to_string(process.id));
    }
    if (process.shard >= std::max<std::size_t>(report.shards.size(), 1)) {
      throw Wrong(place(i), "is of a shard that is not there: " + std::to_string(process.shard));
    }
  }
  // Each walk stops at a process of an earlier walk, so all walks together are linear.
  constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> seen_by(report.processes.size(), kNever);
  for (std::size_t i = 0; i < report.processes.size(); ++i) {
    for (std::size_t at = i; seen_by[at] == kNever;) {
      seen_by[at] = i;
      const std::optional<std::int64_t>& parent = report.processes[at].parent;
      if (!parent) break;
      const auto found = index.find(*parent);
      if (found == index.end()) {
        throw Wrong(place(at), "has a parent that is not there: " + std::to_string(*parent));
      }
      at = found->second;
      if (seen_by[at] == i) throw Wrong(place(at), "is its own ancestor");
    }
  }
}

/// Turns each process into a Process as soon as it is read, because the JSON values of 100 000
/// processes would take several times the room.
class Reader {
 public:
  explicit Reader(const std::string& name) : name_(name) {}

  Report read(std::istream& input) {
    const Json root = parse_json(input);
    if (!root.is_object()) fail(name_, "this is JSON, but no report", kWriteAnew);
    check_version(root);
    try {
      if (wrong_) throw *wrong_;
      fill(root);
      check_references(report_);
    } catch (const Wrong& wrong) {
      fail(name_, wrong.text(), std::string("the file is damaged or was edited: ") + kWriteAnew);
    }
    return std::move(report_);
  }

 private:
  Json parse_json(std::istream& input) {
    using Event = Json::parse_event_t;
    if (input.peek() == std::istream::traits_type::eof()) {
      fail(name_, "the file is empty", std::string("the run may not have ended: ") + kWriteAnew);
    }
    try {
      return Json::parse(input, [this](int depth, Event event, Json& value) {
        if (depth == 1 && event == Event::key) in_processes_ = value == "processes";
        if (depth != 2 || event != Event::object_end || !in_processes_) return true;
        take(value);
        return false;
      });
    } catch (const Json::exception& error) {
      const char* const text = std::strstr(error.what(), "] ");
      fail(name_, std::string("no JSON: ") + (text != nullptr ? text + 2 : error.what()),
           std::string("the file is cut off or no report: ") + kWriteAnew);
    }
  }

  // Keeps what is wrong for later, because under another version of the schema it may be right.
  void take(const Json& value) {
    if (wrong_) return;
    try {
      report_.processes.push_back(process_of(value));
    } catch (const Wrong& wrong) {
      wrong_ = wrong.inside("processes[" + std::to_string(report_.processes.size()) + "]");
    }
  }

  void check_version(const Json& root) const {
    const Json* const version = find(root, "covenv_report");
    if (version == nullptr) {
      fail(name_, "no report: covenv_report is missing", kWriteAnew);
    }
    if (*version != kSchemaVersion && *version != kOldestSchemaVersion) {
      fail(name_,
           "covenv_report is " + version->dump() + ", and this covenv reads " +
               std::to_string(kOldestSchemaVersion) + " and " + std::to_string(kSchemaVersion),
           "read it with the covenv that wrote it, or " + std::string(kWriteAnew));
    }
  }

  void fill(const Json& root) {
    report_.covenv = string_or(root, "covenv", "");
    const Json* const session = maybe_object(root, "session");
    if (session == nullptr) throw Wrong("session", "is missing");
    report_.session = inside("session", [&] { return session_of(*session); });
    const Json* const rest = maybe_list(root, "processes");
    if (rest == nullptr) throw Wrong("processes", "is missing");
    if (!rest->empty()) throw Wrong("processes", "must be a list of objects");
    report_.shards = shards_of(root);
    report_.gain = gain_of(root);
    const Json* const totals = maybe_object(root, "totals");
    report_.totals = totals != nullptr ? inside("totals", [&] { return totals_of(*totals); })
                                       : count(report_.processes);
  }

  const std::string& name_;
  Report report_;
  bool in_processes_ = false;
  std::optional<Wrong> wrong_;
};

}  // namespace

Report parse(std::istream& input, const std::string& name) { return Reader(name).read(input); }

Report read_file(const std::string& path) {
  if (path == "-") return parse(std::cin, "standard input");
  std::ifstream file(path, std::ios::binary);
  if (!file)
    fail(path, std::strerror(errno), "name a file that `covenv run --report FILE` has written");
  file.peek();
  if (file.bad()) fail(path, "cannot be read", "name a file, not a folder");
  return parse(file, path);
}

}  // namespace covenv::report
