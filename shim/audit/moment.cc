// SPDX-License-Identifier: MIT
#include "shim/audit/moment.h"

#include <string_view>

namespace covenv {

Moment moment_of(const char* name) {
  const std::string_view event(name);
  switch (*name) {
    case 'c':
      if (event == "code.__new__") return Moment::kCodeIsMade;
      if (event == "cpython.PyInterpreterState_New") return Moment::kInterpreterStarts;
      return event.starts_with("cpython.run_") ? Moment::kMainStarts : Moment::kNone;
    case 'f':
      return event == "function.__new__" ? Moment::kFunctionIsMade : Moment::kNone;
    case 'i':
      return event == "import" ? Moment::kImports : Moment::kNone;
    case '_':
      return event.starts_with("_thread.start_") ? Moment::kThreadStarts : Moment::kNone;
    case 'g':
      return event == "glob.glob" ? Moment::kCombines : Moment::kNone;
    case 'e':
      return event == "exec" ? Moment::kCodeRuns : Moment::kNone;
    case 's':
      if (event == "sys.settrace" || event.starts_with("sys.monitoring.")) {
        return Moment::kTracingChanges;
      }
      if (event == "sys.addaudithook" || event == "sys.setprofile") return Moment::kIsWatched;
      return event == "subprocess.Popen" ? Moment::kChildStarts : Moment::kNone;
    case 'p':
      return event == "pty.spawn" ? Moment::kChildStarts : Moment::kNone;
    case 'o':
      if (event == "object.__setattr__") return Moment::kAttributeIsSet;
      if (event == "os.fork" || event == "os.forkpty") return Moment::kForks;
      return event == "os.exec" || event == "os.posix_spawn" || event == "os.spawn" ||
                     event == "os.system"
                 ? Moment::kChildStarts
                 : Moment::kNone;
    default:
      return Moment::kNone;
  }
}

}  // namespace covenv
