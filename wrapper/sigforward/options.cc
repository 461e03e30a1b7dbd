// SPDX-License-Identifier: MIT
#include "wrapper/sigforward/options.h"

#include <getopt.h>
#include <signal.h>

#include <charconv>
#include <cstring>
#include <optional>

#include "shim/core/duration.h"
#include "shim/core/settings.h"
#include "wrapper/common/signal_names.h"

namespace covenv::sigforward {
namespace {

using std::string;
using std::string_view;
using supervise::Ladder;
using supervise::Request;
using supervise::SignalMap;

constexpr const char* kDurationForms = "write 1s, 500ms, 2m, a number of seconds (1.5), 0 or inf";
constexpr std::int64_t kDefaultGrace = 1'000'000'000;

/// A value and its source, for the complaint: "--grace 5x" or "SIGFORWARD_GRACE=5x".
struct Given {
  const char* value = nullptr;
  bool by_option = false;
};

/// Why a value is refused, as the tail of a line; nullopt: the value is taken.
using Refusal = std::optional<string>;

Refusal take_flag(bool& flag, bool sense, const Given& given) {
  if (given.by_option) {
    flag = sense;
    return std::nullopt;
  }
  const std::optional<bool> value = parse_flag(given.value);
  if (!value) return "is neither 1 nor 0: write one of them";
  flag = *value;
  return std::nullopt;
}

string no_signal(string_view name) {
  return "names no signal '" + string(name) + "': write TERM, SIGTERM, 15 or RTMIN+1";
}

/// The part before `separator`; `rest` becomes the part behind it.
string_view cut(string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const string_view head = rest.substr(0, at);
  rest = at == string_view::npos ? string_view() : rest.substr(at + 1);
  return head;
}

struct ParsedLadder {
  Ladder ladder;
  bool timed = false;
};

Refusal take_rung(ParsedLadder& parsed, string_view text) {
  Ladder& ladder = parsed.ladder;
  const bool timed = text.find(':') != string_view::npos;
  if (ladder.count > 0 && timed != parsed.timed) {
    return "gives a time to some signals only: write TERM:2s,INT:1s, or TERM,INT with --grace";
  }
  if (ladder.count == Ladder::kCapacity) return "has more than 8 signals: leave some out";
  string_view rest = text;
  const string_view name = cut(rest, ':');
  const int signal = signal_named(name);
  if (signal == 0) return no_signal(name);
  if (signal == SIGKILL || signal == SIGSTOP || signal == SIGCHLD) {
    return "has " + signal_name(signal) +
           ", which asks for nothing: SIGKILL comes by itself at the end";
  }
  for (std::size_t i = 0; i < ladder.count; ++i) {
    if (ladder.rungs[i].signal == signal)
      return "has " + signal_name(signal) + " twice: write it once";
  }
  std::int64_t time = 0;
  if (timed) {
    const auto duration = parse_duration(rest);
    if (!duration) return "has '" + string(rest) + "', which is no duration: " + kDurationForms;
    time = *duration;
  }
  parsed.timed = timed;
  ladder.rungs[ladder.count++] = {.signal = signal, .time = time};
  return std::nullopt;
}

Refusal take_ladder(ParsedLadder& parsed, string_view text) {
  parsed = {};
  for (bool more = true; more;) {
    more = text.find(',') != string_view::npos;
    if (Refusal refusal = take_rung(parsed, cut(text, ','))) return refusal;
  }
  return std::nullopt;
}

Refusal take_map(SignalMap& map, string_view text) {
  for (bool more = true; more;) {
    more = text.find(',') != string_view::npos;
    string_view out_name = cut(text, ',');
    if (out_name.find('=') == string_view::npos) {
      return "maps nothing: write IN=OUT, as in TERM=QUIT, or IN= to drop it";
    }
    const string_view in_name = cut(out_name, '=');
    const int in = signal_named(in_name);
    if (in == 0) return no_signal(in_name);
    if (in == SIGKILL || in == SIGSTOP || in == SIGCHLD) {
      return "maps " + signal_name(in) + ", which sigforward cannot receive for the command";
    }
    const int out = out_name.empty() ? 0 : signal_named(out_name);
    if (out == 0 && !out_name.empty()) return no_signal(out_name);
    map.set(in, out);
  }
  return std::nullopt;
}

Refusal take_status(Request::Status& status, string_view text) {
  if (text != "real" && text != "kill") return "is no status: write real or kill";
  status = text == "kill" ? Request::Status::kKill : Request::Status::kReal;
  return std::nullopt;
}

Refusal take_fd(int& fd, string_view text) {
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, fd);
  if (error == std::errc() && stopped == end && fd >= 0) return std::nullopt;
  return "is no file descriptor: write its number, as in --ready-fd 3";
}

/// What is taken before all of it is known.
struct Parse {
  Options options;
  Given grace;
  Given signals;
  ParsedLadder ladder;
};

enum class Id {
#define OPTION(id, name, variable, value, needs, help) id,
#include "shim/core/sigforward_options.def"
#undef OPTION
};

struct Row {
  Id id;
  const char* name;
  const char* variable;
  const char* needs;
};

constexpr Row kRows[] = {
#define OPTION(id, name, variable, value, needs, help) {Id::id, name, variable, needs},
#include "shim/core/sigforward_options.def"
#undef OPTION
};
constexpr int kRowCount = std::size(kRows);

constexpr const Row& row_of(Id id) { return kRows[static_cast<std::size_t>(id)]; }

Refusal take(Parse& parse, Id id, const Given& given) {
  Request& request = parse.options.request;
  switch (id) {
    case Id::grace:
      parse.grace = given;  // looked at when nothing can replace it any more
      break;
    case Id::signals:
      parse.signals = given;
      return take_ladder(parse.ladder, given.value);
    case Id::map:
      return take_map(request.map, given.value);
    case Id::no_guard:
      return take_flag(request.guard, false, given);
    case Id::with_parent:
      return take_flag(request.with_parent, true, given);
    case Id::subreaper:
      return take_flag(request.subreaper, true, given);
    case Id::no_subreaper:
      return take_flag(request.subreaper, false, given);
    case Id::no_preload:
      return take_flag(request.preload, false, given);
    case Id::trace:
      return take_flag(request.trace, true, given);
    case Id::new_session:
      return take_flag(request.new_session, true, given);
    case Id::foreground:
      return take_flag(request.foreground, true, given);
    case Id::status:
      return take_status(request.status, given.value);
    case Id::pidfile:
      request.pidfile = given.value;
      break;
    case Id::ready_fd:
      return take_fd(request.ready_fd, given.value);
    case Id::verbose:
      return take_flag(request.verbose, true, given);
    case Id::log:
      request.log = given.value;
      break;
    case Id::help:
      parse.options.action = Options::Action::kHelp;
      break;
    case Id::version:
      parse.options.action = Options::Action::kVersion;
      break;
  }
  return std::nullopt;
}

Options rejected(string complaint) {
  Options options;
  options.action = Options::Action::kReject;
  options.complaint = std::move(complaint);
  return options;
}

string written(const Row& row, const Given& given) {
  if (!given.by_option) return string(row.variable) + "=" + given.value;
  return "--" + string(row.name) + " " + given.value;
}

Options refused(const Row& row, const Given& given, const string& why) {
  return rejected("'" + written(row, given) + "' " + why);
}

std::optional<Options> take_variables(Parse& parse, Lookup variable) {
  for (const Row& row : kRows) {
    const char* const value = row.variable != nullptr ? variable(row.variable) : nullptr;
    if (value == nullptr || *value == '\0') continue;
    const Given given = {.value = value};
    if (const Refusal why = take(parse, row.id, given)) return refused(row, given, *why);
  }
  return std::nullopt;
}

/// The ladder with its times.
std::optional<Options> settle_ladder(Parse& parse) {
  ParsedLadder& parsed = parse.ladder;
  const Given& grace = parse.grace;
  if (parsed.ladder.count == 0) parsed.ladder = {.rungs = {{{SIGTERM, 0}}}, .count = 1};
  if (parsed.timed && grace.value != nullptr && grace.by_option == parse.signals.by_option) {
    return rejected("'" + written(row_of(Id::grace), grace) + "' and the times in '" +
                    written(row_of(Id::signals), parse.signals) +
                    "' say the same thing: leave one out");
  }
  // The option wins over the variable.
  const bool own_times = parsed.timed && (grace.value == nullptr || !grace.by_option);
  if (!own_times) {
    const auto duration = grace.value != nullptr ? parse_duration(grace.value) : kDefaultGrace;
    if (!duration)
      return refused(row_of(Id::grace), grace, string("is no duration: ") + kDurationForms);
    parsed.ladder.split(*duration);
  }
  parse.options.request.ladder = parsed.ladder;
  return std::nullopt;
}

}  // namespace

Options parse_options(int argc, char** argv, Lookup variable) {
  option long_options[kRowCount + 1] = {};
  for (int i = 0; i < kRowCount; ++i) {
    long_options[i] = {kRows[i].name, kRows[i].needs != nullptr ? required_argument : no_argument,
                       nullptr, i + 256};
  }
  Parse parse;
  std::optional<Options> problem = take_variables(parse, variable);

  optind = 0;  // glibc: forget an earlier parse, which 1 would not
  opterr = 0;
  for (;;) {
    // The option that getopt is about to read, for a complaint about it. With "+" getopt permutes
    // nothing.
    const int at = optind == 0 ? 1 : optind;
    const int found = getopt_long(argc, argv, "+:", static_cast<option*>(long_options), nullptr);
    if (found == -1) break;
    if (found == ':') {
      const Row& row = kRows[optopt - 256];
      return rejected("--" + string(row.name) + " needs " + row.needs);
    }
    if (found < 256) {
      return rejected("unknown option '" + string(argv[at]) +
                      "': see sigforward --help; options of the command go behind it");
    }
    const Row& row = kRows[found - 256];
    const Given given = {.value = optarg, .by_option = true};
    if (const Refusal why = take(parse, row.id, given)) return refused(row, given, *why);
    if (parse.options.action != Options::Action::kRun) return parse.options;
  }
  if (problem) return *problem;
  if ((problem = settle_ladder(parse))) return *problem;
  if (parse.options.request.new_session && parse.options.request.foreground) {
    return rejected("--new-session and --foreground exclude each other: leave one out");
  }
  if (optind >= argc) {
    return rejected("no command given: write it behind the options, as in sigforward -- pytest");
  }
  parse.options.request.command = argv + optind;
  return parse.options;
}

}  // namespace covenv::sigforward
