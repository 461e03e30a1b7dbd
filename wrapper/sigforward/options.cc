// SPDX-License-Identifier: MIT
#include "wrapper/sigforward/options.h"

#include <getopt.h>

#include "shim/core/duration.h"

namespace covenv::sigforward {
namespace {

constexpr int kGrace = 'g';
constexpr int kVerbose = 'v';
constexpr int kVersion = 'V';
constexpr int kHelpOption = 'h';

constexpr option kLongOptions[] = {
    {"grace", required_argument, nullptr, kGrace},
    {"verbose", no_argument, nullptr, kVerbose},
    {"version", no_argument, nullptr, kVersion},
    {"help", no_argument, nullptr, kHelpOption},
    {nullptr, 0, nullptr, 0},
};

constexpr const char* kDurationForms = "write 1s, 500ms, 2m, a number of seconds (1.5), 0 or inf";

Options rejected(std::string complaint) {
  Options options;
  options.action = Options::Action::kReject;
  options.complaint = std::move(complaint);
  return options;
}

}  // namespace

const std::string_view kHelp =
    R"(usage: sigforward [--grace DURATION] [--verbose] [--] COMMAND [ARGUMENT...]

Runs COMMAND in a process group of its own, forwards every signal to that group, and ends as COMMAND
ended. SIGTERM, SIGINT, SIGHUP and SIGQUIT start the grace period; what is left of the group when it
is over gets SIGKILL. The same happens where sigforward itself is killed by SIGKILL: COMMAND gets
SIGTERM and the grace period.

  --grace DURATION  from the first signal to SIGKILL: 1s, 500ms, 2m, a number of seconds (1.5),
                    0 or inf (never SIGKILL). Default: $SIGFORWARD_GRACE, else 1s
  --verbose         say on stderr what happens
  --help            print this text and exit
  --version         print the version and exit

Exit status: that of COMMAND; where a signal ended COMMAND, the same signal ends sigforward (as PID 1
it exits with 128 + the signal's number). Otherwise:
  125  sigforward was called wrongly or failed
  126  COMMAND was found but cannot be executed
  127  COMMAND was not found
)";

Options parse_options(int argc, char** argv, const char* grace_variable) {
  Options options;
  const char* grace = grace_variable;
  std::string grace_source = "SIGFORWARD_GRACE=";
  if (grace != nullptr && *grace == '\0') grace = nullptr;

  optind = 0;  // glibc: forget an earlier parse, which 1 would not
  opterr = 0;
  for (;;) {
    // The option that getopt is about to read, to name it in a complaint; with "+" nothing is
    // permuted.
    const int at = optind == 0 ? 1 : optind;
    const int found = getopt_long(argc, argv, "+:", kLongOptions, nullptr);
    if (found == -1) break;
    switch (found) {
      case kGrace:
        grace = optarg;
        grace_source = "--grace ";
        break;
      case kVerbose:
        options.verbose = true;
        break;
      case kVersion:
        options.action = Options::Action::kVersion;
        return options;
      case kHelpOption:
        options.action = Options::Action::kHelp;
        return options;
      case ':':
        return rejected("--grace needs a duration: " + std::string(kDurationForms));
      default:
        return rejected("unknown option '" + std::string(argv[at]) +
                        "': see sigforward --help; options of the command go behind it");
    }
  }
  if (grace != nullptr) {
    const auto parsed = parse_duration(grace);
    if (!parsed)
      return rejected("'" + grace_source + grace + "' is no duration: " + kDurationForms);
    options.grace = *parsed;
  }
  if (optind >= argc) {
    return rejected("no command given: write it behind the options, as in sigforward -- pytest");
  }
  options.command = argv + optind;
  return options;
}

}  // namespace covenv::sigforward
