// SPDX-License-Identifier: MIT
#include "shim/proc/kernel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "shim/proc/process.h"

namespace covenv {
namespace {

/// A child that ends when it is killed.
class Child {
 public:
  Child() : pid_(fork()) {
    if (pid_ == 0) {
      while (true) pause();
    }
  }
  ~Child() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

class Pidfd {
 public:
  explicit Pidfd(pid_t pid) : fd_(kKernel.pidfd_open(pid)) {}
  ~Pidfd() { kKernel.close(fd_); }
  Pidfd(const Pidfd&) = delete;
  Pidfd& operator=(const Pidfd&) = delete;

  int fd() const { return fd_; }

 private:
  int fd_;
};

TEST(RealKernel, PidfdOfARunningProcessHasNotEnded) {
  const Child child;
  const Pidfd pidfd(child.pid());
  ASSERT_GE(pidfd.fd(), 0);
  EXPECT_EQ(kKernel.wait_ended(pidfd.fd(), 0), 0);
}

TEST(RealKernel, WaitReturnsWhenTheProcessHasEnded) {
  const Child child;
  const Pidfd pidfd(child.pid());
  ASSERT_EQ(kKernel.send_signal(pidfd.fd(), SIGKILL, 0), 0);
  EXPECT_EQ(kKernel.wait_ended(pidfd.fd(), 60'000'000'000), 1);
}

TEST(RealKernel, WaitTakesItsTimeout) {
  const Child child;
  const Pidfd pidfd(child.pid());
  const std::int64_t start = kKernel.now();
  EXPECT_EQ(kKernel.wait_ended(pidfd.fd(), 1'000'000), 0);
  EXPECT_GE(kKernel.now() - start, 1'000'000);
}

TEST(RealKernel, SleepTakesItsTime) {
  const std::int64_t start = kKernel.now();
  kKernel.sleep(1'000'000);
  EXPECT_GE(kKernel.now() - start, 1'000'000);
}

TEST(RealKernel, PidfdNamesItsProcess) {
  const Child child;
  const Pidfd pidfd(child.pid());
  EXPECT_EQ(pid_of_pidfd(kKernel, pidfd.fd()), child.pid());
}

// A program may close our pidfd while another thread waits on it, as closefrom(3) does.
TEST(RealKernel, ClosedDescriptorIsNoEndedProcess) {
  const Child child;
  const int pidfd = kKernel.pidfd_open(child.pid());
  ASSERT_GE(pidfd, 0);
  ASSERT_EQ(kKernel.close(pidfd), 0);
  EXPECT_NE(kKernel.wait_ended(pidfd, 0), 1);
}

TEST(RealKernel, ErrorsAreNegatedNumbersAndErrnoIsLeftAlone) {
  errno = 12345;
  EXPECT_EQ(kKernel.pidfd_open(-1), -EINVAL);
  EXPECT_EQ(kKernel.kill(own_pid(), 1000, 0), -EINVAL);
  EXPECT_EQ(kKernel.close(-1), -EBADF);
  EXPECT_EQ(kKernel.open_proc("/proc/none"), -ENOENT);
  EXPECT_EQ(errno, 12345);
}

TEST(RealKernel, DescriptorsAreNotInherited) {
  const int fd = kKernel.open_proc("/proc");
  ASSERT_GE(fd, 0);
  EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  kKernel.close(fd);
}

}  // namespace
}  // namespace covenv
