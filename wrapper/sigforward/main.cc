// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "shim/session/recorder.h"
#include "wrapper/sigforward/message.h"
#include "wrapper/sigforward/options.h"
#include "wrapper/sigforward/signals.h"
#include "wrapper/sigforward/supervisor.h"

namespace covenv::sigforward {
namespace {

[[noreturn]] void print(std::string_view text) {
  if (!write_all(STDOUT_FILENO, text)) die_with_errno("write to stdout");
  _exit(0);
}

}  // namespace
}  // namespace covenv::sigforward

int main(int argc, char** argv) {
  using namespace covenv::sigforward;  // NOLINT(google-build-using-namespace)
  // First of all: a signal from here on waits until there is a command to forward it to.
  const SignalMask inherited = SignalMask::all().install();
  const Options options =
      parse_options(argc, argv, [](const char* name) -> const char* { return std::getenv(name); });
  switch (options.action) {
    case Options::Action::kHelp:
      print(kHelp);
    case Options::Action::kVersion:
      print("sigforward " COVENV_VERSION "\n");
    case Options::Action::kReject:
      complain(options.complaint);
      _exit(kExitFailure);
    case Options::Action::kRun:
      break;
  }
  // For us, not for the command.
  if (options.ready_fd >= 0 && fcntl(options.ready_fd, F_SETFD, FD_CLOEXEC) != 0) {
    complain("file descriptor " + std::to_string(options.ready_fd) +
             " of --ready-fd is not open: open it, as in sigforward --ready-fd 3 ... 3>file");
    _exit(kExitFailure);
  }
  covenv::join_session(environ);
  Attendance attendance;
  attendance.started = [&](pid_t command) {
    covenv::record_wrapped(command, options.ladder.grace());
  };
  end_like(supervise(options, inherited, argv, attendance), options);
}
