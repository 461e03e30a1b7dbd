// SPDX-License-Identifier: MIT
#include "wrapper/supervise/guard/guard_message.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <type_traits>

namespace covenv::supervise {
namespace {

static_assert(std::is_trivially_copyable_v<GuardMessage>);

constexpr std::size_t kControlSize = CMSG_SPACE(sizeof(int));

}  // namespace

void send_message(int socket, const GuardMessage& message, int fd) {
  GuardMessage copy = message;
  iovec content = {.iov_base = &copy, .iov_len = sizeof(copy)};
  alignas(cmsghdr) char control[kControlSize] = {};
  msghdr header = {};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  if (fd >= 0) {
    header.msg_control = static_cast<char*>(control);
    header.msg_controllen = sizeof(control);
    cmsghdr* const attached = CMSG_FIRSTHDR(&header);
    attached->cmsg_level = SOL_SOCKET;
    attached->cmsg_type = SCM_RIGHTS;
    attached->cmsg_len = CMSG_LEN(sizeof(fd));
    std::memcpy(CMSG_DATA(attached), &fd, sizeof(fd));
  }
  sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool receive_message(int socket, GuardMessage& message, int& fd) {
  iovec content = {.iov_base = &message, .iov_len = sizeof(message)};
  alignas(cmsghdr) char control[kControlSize] = {};
  msghdr header = {};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  header.msg_control = static_cast<char*>(control);
  header.msg_controllen = sizeof(control);
  ssize_t size = 0;
  do {
    size = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size != static_cast<ssize_t>(sizeof(message))) return false;
  fd = -1;
  const cmsghdr* const attached = CMSG_FIRSTHDR(&header);
  if (attached != nullptr && attached->cmsg_type == SCM_RIGHTS) {
    std::memcpy(&fd, CMSG_DATA(attached), sizeof(fd));
  }
  return true;
}

}  // namespace covenv::supervise
