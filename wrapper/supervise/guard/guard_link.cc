// SPDX-License-Identifier: MIT
#include "wrapper/supervise/guard/guard_link.h"

#include <unistd.h>

#include "wrapper/supervise/guard/guard_message.h"
#include "wrapper/supervise/processes/members.h"

namespace covenv::supervise {

void GuardLink::tell(const GuardMessage& message, int fd) const {
  for (const int socket : sockets_) {
    if (socket >= 0) send_message(socket, message, fd);
  }
}

void GuardLink::watch_this_process(pid_t group) const {
  if (!exists()) return;
  const pid_t pid = getpid();
  const int pidfd = pidfd_open(pid);
  if (pidfd < 0) return;
  tell({.kind = GuardMessage::Kind::kCommand, .pid = pid, .group = group}, pidfd);
}

void GuardLink::watch(pid_t pid, int pidfd, bool is_asked) const {
  tell({.kind = GuardMessage::Kind::kOther, .pid = pid, .is_asked = is_asked}, pidfd);
}

void GuardLink::note(const Progress& progress) const {
  tell({.kind = GuardMessage::Kind::kProgress, .progress = progress});
}

void GuardLink::note_trace() const { tell({.kind = GuardMessage::Kind::kTraced}); }

void GuardLink::dismiss() const { tell({.kind = GuardMessage::Kind::kGoodbye}); }

}  // namespace covenv::supervise
