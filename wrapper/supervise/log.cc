// SPDX-License-Identifier: MIT
#include "wrapper/supervise/log.h"

#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "shim/core/duration.h"
#include "wrapper/common/exit_codes.h"
#include "wrapper/common/message.h"
#include "wrapper/common/output_file.h"
#include "wrapper/common/signal_names.h"

namespace covenv::supervise {
namespace {

std::string length_of(std::int64_t duration) {
  if (duration == kForever) return "no limit";
  return fmt::format("{:.3f} s", static_cast<double>(duration) / 1e9);
}

/// Without spdlog's registry, because that would set up a coloured default logger on stdout first.
spdlog::sink_ptr open_sink(const char* file) {
  if (file == nullptr) return std::make_shared<spdlog::sinks::stderr_sink_st>();
  if (const std::string problem = log_problem(file, 0666); !problem.empty()) {
    complain(problem);
    _exit(kExitFailure);
  }
  return std::make_shared<spdlog::sinks::basic_file_sink_st>(file);
}

}  // namespace

std::string log_problem(const std::string& file, mode_t rights) {
  if (const std::string problem = problem_of_output_file(file); !problem.empty()) {
    return "cannot write the log '" + file + "': " + problem;
  }
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, rights);
  if (fd < 0) {
    return "cannot write the log '" + file + "': " + std::strerror(errno) +
           ": name a file in a folder that exists and is writable";
  }
  close(fd);
  return "";
}

Log::Log(bool verbose, const char* file) {
  if (!verbose && file == nullptr) return;
  logger_ = new spdlog::logger("sigforward", open_sink(file));
  if (verbose && file != nullptr) logger_->sinks().push_back(open_sink(nullptr));
  // Not %P, because some steps run in a child (run_apart.h).
  logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%e %n[" + std::to_string(getpid()) + "]: %v");
  logger_->flush_on(spdlog::level::info);
}

void Log::started(pid_t child, std::int64_t grace, std::string_view library,
                  std::string_view problem) const {
  if (logger_ == nullptr) return;
  const std::string_view separator = problem.empty() ? "" : ": ";
  logger_->info("started process {}, grace {}, {}", child, length_of(grace),
                library.empty() ? fmt::format("nothing preloaded{}{}", separator, problem)
                                : fmt::format("preloaded {}", library));
}

void Log::forwarded(const siginfo_t& info, int sent, pid_t child) const {
  if (logger_ == nullptr) return;
  const std::string came = signal_name(info.si_signo);
  if (sent == 0) {
    logger_->info("{} from process {} dropped", came, info.si_pid);
  } else if (sent == info.si_signo) {
    logger_->info("{} from process {} passed on to process {}", came, info.si_pid, child);
  } else {
    logger_->info("{} from process {} passed on to process {} as {}", came, info.si_pid, child,
                  signal_name(sent));
  }
}

void Log::clock_started(int signal, std::int64_t grace) const {
  if (logger_ == nullptr) return;
  logger_->info("{} starts the grace period: {}", signal_name(signal), length_of(grace));
}

void Log::stepped(int signal) const {
  if (logger_ != nullptr)
    logger_->info("not ended yet: {} to all that is left", signal_name(signal));
}

void Log::child_ended(const siginfo_t& status) const {
  if (logger_ == nullptr) return;
  if (status.si_code == CLD_EXITED) {
    logger_->info("process {} exited with {}", status.si_pid, status.si_status);
  } else {
    logger_->info("process {} was ended by {}", status.si_pid, signal_name(status.si_status));
  }
}

void Log::parent_ended() const {
  if (logger_ != nullptr) logger_->info("the parent process has ended");
}

void Log::leftover(pid_t pid, int signal) const {
  if (logger_ != nullptr) logger_->info("process {} is left: {}", pid, signal_name(signal));
}

void Log::grace_over() const {
  if (logger_ != nullptr) logger_->info("the grace period is over: SIGKILL to all that is left");
}

}  // namespace covenv::supervise
