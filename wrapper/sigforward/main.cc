// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "shim/session/recorder.h"
#include "wrapper/common/exit_codes.h"
#include "wrapper/common/message.h"
#include "wrapper/sigforward/help.h"
#include "wrapper/sigforward/options.h"
#include "wrapper/supervise/signals.h"
#include "wrapper/supervise/supervisor.h"

namespace covenv::sigforward {
namespace {

using supervise::Request;
using supervise::SignalMask;

[[noreturn]] void print(std::string_view text) {
  if (!write_all(STDOUT_FILENO, text)) die_with_errno("write to the standard output");
  _exit(0);
}

[[noreturn]] void run(Request request, SignalMask inherited, char** argv) {
  // For us, not for the command.
  if (request.ready_fd >= 0 && fcntl(request.ready_fd, F_SETFD, FD_CLOEXEC) != 0) {
    complain("file descriptor " + std::to_string(request.ready_fd) +
             " of --ready-fd is not open: open it, as in sigforward --ready-fd 3 ... 3>file");
    _exit(kExitFailure);
  }
  hold_closed_streams();
  join_session(environ);
  request.started = [grace = request.ladder.grace()](pid_t command) {
    record_wrapped(command, grace);
  };
  end_like(supervise::run(request, inherited, argv), request);
}

}  // namespace
}  // namespace covenv::sigforward

int main(int argc, char** argv) {
  using covenv::sigforward::Options;
  // First of all: a signal from here on waits until there is a command to forward it to.
  const auto inherited = covenv::supervise::SignalMask::all().install();
  const Options options = covenv::sigforward::parse_options(
      argc, argv, [](const char* name) -> const char* { return std::getenv(name); });
  switch (options.action) {
    case Options::Action::kHelp:
      covenv::sigforward::print(covenv::sigforward::help_text());
    case Options::Action::kVersion:
      covenv::sigforward::print("sigforward " COVENV_VERSION "\n");
    case Options::Action::kReject:
      covenv::complain(options.complaint);
      _exit(covenv::kExitFailure);
    case Options::Action::kRun:
      covenv::sigforward::run(options.request, inherited, argv);
  }
}
