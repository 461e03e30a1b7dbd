// SPDX-License-Identifier: MIT
#include "wrapper/sigforward/help.h"

namespace covenv::sigforward {
namespace {

void add_option(std::string& text, const std::string& name, const char* value, const char* help) {
  constexpr std::size_t kHelpColumn = 20;
  if (help == nullptr) return;
  std::string head = "  --" + name;
  if (value != nullptr) head += ' ' + std::string(value);
  head.resize(kHelpColumn, ' ');
  text += head;
  for (const char* at = help; *at != '\0'; ++at) {
    text += *at;
    if (*at == '\n') text.append(kHelpColumn, ' ');
  }
  text += '\n';
}

}  // namespace

const char* const kDescription =
    "Runs COMMAND in a process group of its own, forwards every signal to that group, and ends as "
    "COMMAND\n"
    "ended. SIGTERM, SIGINT, SIGHUP and SIGQUIT start the grace period; what is left of COMMAND "
    "and its\n"
    "descendants when it is over gets SIGKILL. The same happens where sigforward itself is killed "
    "by\n"
    "SIGKILL: COMMAND gets SIGTERM and the grace period.\n";

const char* const kAfterOptions =
    "Each has a variable: SIGFORWARD_GRACE=5s, SIGFORWARD_WITH_PARENT=1, SIGFORWARD_GUARD=0,\n"
    "SIGFORWARD_SUBREAPER=0, SIGFORWARD_PRELOAD=0. An option wins over it.\n"
    "\n"
    "Exit status: that of COMMAND; where a signal ended COMMAND, the same signal ends sigforward "
    "(as\n"
    "PID 1 it exits with 128 + the signal's number). Otherwise:\n"
    "  125  sigforward was called wrongly or failed\n"
    "  126  COMMAND was found but cannot be executed\n"
    "  127  COMMAND was not found\n";

std::string help_text() {
  std::string text = "usage: sigforward [OPTION...] [--] COMMAND [ARGUMENT...]\n\n";
  text += kDescription;
  text += '\n';
#define OPTION(id, name, variable, value, needs, help) add_option(text, name, value, help);
#include "shim/core/sigforward_options.def"
#undef OPTION
  text += '\n';
  text += kAfterOptions;
  return text;
}

}  // namespace covenv::sigforward
