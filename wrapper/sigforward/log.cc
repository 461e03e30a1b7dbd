// SPDX-License-Identifier: MIT
#include "wrapper/sigforward/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>
#include <string>

#include "shim/core/duration.h"
#include "wrapper/sigforward/clock.h"

namespace covenv::sigforward {
namespace {

spdlog::logger& logger() {
  // Not spdlog's registry: it would set up a coloured default logger on stdout first.
  static const auto instance = [] {
    auto made = std::make_unique<spdlog::logger>("sigforward",
                                                 std::make_shared<spdlog::sinks::stderr_sink_st>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e %n[%P]: %v");
    return made;
  }();
  return *instance;
}

std::string name_of(int signo) {
  if (const char* abbreviation = sigabbrev_np(signo)) return fmt::format("SIG{}", abbreviation);
  if (signo >= SIGRTMIN) return fmt::format("SIGRTMIN+{}", signo - SIGRTMIN);
  return fmt::format("signal {}", signo);
}

std::string length_of(std::int64_t duration) {
  if (duration == kForever) return "no limit";
  return fmt::format("{:.3f} s", static_cast<double>(duration) / 1e9);
}

}  // namespace

void Log::started(pid_t child, std::int64_t grace) const {
  if (verbose_) logger().info("started process {}, grace {}", child, length_of(grace));
}

void Log::forwarded(const siginfo_t& signal, pid_t group) const {
  if (!verbose_) return;
  logger().info("{} from process {} passed on to group {}", name_of(signal.si_signo), signal.si_pid,
                group);
}

void Log::clock_started(int signo, std::int64_t grace) const {
  if (verbose_) logger().info("{} starts the grace period: {}", name_of(signo), length_of(grace));
}

void Log::child_ended(const siginfo_t& status) const {
  if (!verbose_) return;
  if (status.si_code == CLD_EXITED) {
    logger().info("process {} exited with {}", status.si_pid, status.si_status);
  } else {
    logger().info("process {} was ended by {}", status.si_pid, name_of(status.si_status));
  }
}

void Log::leftovers(pid_t group, std::int64_t deadline) const {
  if (!verbose_) return;
  logger().info("group {} has members left, they have {}", group,
                length_of(deadline == kForever ? kForever : deadline - now()));
}

void Log::grace_over(pid_t group) const {
  if (verbose_) logger().info("the grace period is over: SIGKILL to group {}", group);
}

}  // namespace covenv::sigforward
