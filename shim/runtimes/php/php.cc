// SPDX-License-Identifier: MIT
#include "shim/runtimes/php/php.h"

#include <fcntl.h>

#include <atomic>
#include <charconv>
#include <limits>
#include <span>
#include <string_view>

#include "shim/core/entry.h"
#include "shim/loader/stack.h"
#include "shim/proc/descriptor.h"
#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"
#include "shim/runtimes/php/interpreter.h"
#include "shim/runtimes/php/writer.h"
#include "shim/session/recorder.h"

namespace covenv::php {
namespace {

constinit Interpreter php = {};
constinit std::atomic<bool> is_running{false};
constinit std::atomic<SaveEnd> end_of_save{nullptr};
using Interrupted = void (*)(Frame*);
constinit Interrupted at_interrupt_before = nullptr;
using AfterStartup = int (*)();
constinit AfterStartup after_startup_before = nullptr;
constinit SaverArmer arm = nullptr;
constinit const char* xdebug_mode = nullptr;  // one of the process's first strings

constinit std::atomic<bool> is_told{false};    // that the process is measured
constinit std::atomic<bool> is_ending{false};  // PHP has called the coverage's function by itself

/// The function of PHP's list that it has called then.
constinit std::atomic<const void*> ending_function{nullptr};

constexpr long kUnknown = -1;
// A fiber of a program's own may have less than a page.
constexpr std::size_t kRoomForSave = std::size_t{256} * 1024;

void tell_measured() {
  if (!is_told.exchange(true)) record_measured(MeasuredWith::kSaver, RuntimeKind::kPhp);
}

/// kWriter's function, and what it has told last; kUnknown if PHP has not run it.
struct Writing {
  Value writer;
  long told = kUnknown;
  unsigned long count = 0;  ///< registered functions
};

void call_writer(Writing& writing) {
  Value result;
  writing.told = kUnknown;
  if (php.call(nullptr, &writing.writer, &result, 0, nullptr, nullptr) != 0) return;
  if (result.type == kInteger) writing.told = result.content;
}

/// PHP runs nothing, and tells no error, while an exception is on its way.
void look_for_function(void* context) {
  Writing& writing = *static_cast<Writing*>(context);
  if (php.evaluate(kWriter.data(), kWriter.size(), &writing.writer, "covenv") != 0) return;
  if (writing.writer.type % 256 != kObject) return;
  Value result;
  for (unsigned long i = 0; const Value* const found = php.at_index(*php.shutdown_functions, i);
       ++i) {
    writing.count = i + 1;
    auto* const registered = reinterpret_cast<ShutdownFunction*>(found->content);
    if (registered->function.type % 256 != kObject) continue;
    if (php.call(nullptr, &writing.writer, &result, 1, &registered->function, nullptr) != 0) return;
  }
  call_writer(writing);
}

/// PHP passes over an undefined value. The last function, kWriter's, keeps PHP from its
/// destructors.
void call_no_other_function(long writing, unsigned long count) {
  long closures = 0;
  for (unsigned long i = 0; i < count; ++i) {
    Value* const found = php.at_index(*php.shutdown_functions, i);
    if (found == nullptr) return;
    const auto* const registered = reinterpret_cast<ShutdownFunction*>(found->content);
    const bool is_object = registered->function.type % 256 == kObject;
    if (!is_object || closures++ != writing) found->type = 0;
  }
}

const void* first_function(const Frame* frame) {
  while (frame->caller != nullptr) frame = frame->caller;
  return frame->function;
}

void write_coverage(void* context) {
  Writing& writing = *static_cast<Writing*>(context);
  call_writer(writing);
  php.clear_exception();
  call_writer(writing);
}

/// How many bytes this thread has written; -1 if the kernel does not tell.
long bytes_written() {
  constexpr std::string_view kName = "wchar: ";
  const Descriptor file("/proc/thread-self/io", O_RDONLY);
  char text[128];
  const long size = file.get() >= 0 ? kKernel.read(file.get(), std::span<char>(text)) : -1;
  if (size <= 0) return -1;
  const std::string_view all(text, static_cast<std::size_t>(size));
  const std::size_t at = all.find(kName);
  long bytes = -1;
  if (at != all.npos) std::from_chars(text + at + kName.size(), text + size, bytes);
  return bytes;
}

/// The process dies soon, and what it still prints would not be there without us.
void mute() {
  constexpr int kStdout = 1;
  constexpr int kStderr = 2;
  static constinit std::atomic<bool> is_muted{false};
  if (is_muted.exchange(true)) return;
  const long nowhere =
      raw_syscall(SYS_openat, AT_FDCWD, to_register("/dev/null"), O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return;
  raw_syscall(SYS_dup3, nowhere, kStdout, 0);
  raw_syscall(SYS_dup3, nowhere, kStderr, 0);
  kKernel.close(static_cast<int>(nowhere));
}

/// kNone: not now.
SaveResult save_now() {
  if (!stack_can_hold(kRoomForSave)) {
    tell_measured();
    return SaveResult::kFailed;
  }
  // PHP has come past its list: to its own end.
  if (*php.shutdown_functions == nullptr) {
    return is_ending.load() ? SaveResult::kDone : SaveResult::kNothing;
  }
  mute();
  php.set_memory_limit(std::numeric_limits<std::size_t>::max());
  Writing writing;
  if (!run_guarded(php, look_for_function, &writing)) {
    tell_measured();
    return SaveResult::kFailed;
  }
  if (writing.told == kUnknown) return SaveResult::kNone;
  if (writing.told == kNothingToWrite) {
    return is_ending.load() ? SaveResult::kDone : SaveResult::kNothing;
  }
  tell_measured();
  if (writing.told == kNoOwnFunction) return SaveResult::kNoFile;
  record_saving();
  if (writing.told == kNotWritten) return SaveResult::kFailed;
  if (writing.told >= kIsWriting) {
    if (!is_ending.exchange(true)) call_no_other_function(writing.told - kIsWriting, writing.count);
    return SaveResult::kNone;
  }
  const long before = bytes_written();
  const bool is_done = run_guarded(php, write_coverage, &writing) && writing.told == kWritten;
  const long after = bytes_written();
  return is_done && (after < 0 || after > before) ? SaveResult::kDone : SaveResult::kFailed;
}

void save_and_end(SaveEnd end) {
  if (is_running.exchange(true)) return;
  const SaveResult result = save_now();
  if (result != SaveResult::kNone) end(result);
  is_running.store(false);
}

void ask_interrupt() { reinterpret_cast<volatile bool&>(php.globals[php.interrupt]) = true; }

void at_interrupt(Frame* frame) {
  if (at_interrupt_before != nullptr) at_interrupt_before(frame);
  const SaveEnd end = end_of_save.load();
  if (end == nullptr) return;
  const void* const function = first_function(frame);
  if (is_ending.load() && ending_function.load() == function) return;
  save_and_end(end);
  if (is_ending.load()) ending_function.store(function);
}

std::string_view setting(std::string_view name) {
  const char* const value = php.setting(name.data(), name.size(), 0);
  return value != nullptr ? std::string_view(value) : std::string_view();
}

bool has_module(std::string_view name) {
  return php.at_name(php.modules, name.data(), name.size()) != nullptr;
}

/// Whether a driver of php-code-coverage is there, and a file that may begin to measure.
bool is_set_to_measure() {
  if (setting("auto_prepend_file").empty()) return false;
  constexpr std::string_view kOff = "0";
  const std::string_view pcov = setting("pcov.enabled");
  if (has_module("pcov") && !pcov.empty() && pcov != kOff) return true;
  if (!has_module("xdebug")) return false;
  const std::string_view mode = xdebug_mode != nullptr && *xdebug_mode != '\0'
                                    ? std::string_view(xdebug_mode)
                                    : setting("xdebug.mode");
  return mode.find("coverage") != mode.npos;
}

int after_startup() {
  const int result = after_startup_before != nullptr ? after_startup_before() : 0;
  if (result == 0 && is_set_to_measure()) arm(RuntimeKind::kPhp);
  return result;
}

}  // namespace

void watch_start(const ProgramStart& start, SaverArmer arm_later) {
  if (!find_interpreter(php)) return;
  xdebug_mode = value_in(start.environment, "XDEBUG_MODE");
  arm = arm_later;
  after_startup_before = *php.after_startup;
  *php.after_startup = after_startup;
}

bool measures_now() { return knows_version(php) && *php.shutdown_functions != nullptr; }

void save_where_interrupted(const Interruption& where, SaveEnd end) {
  if (!where.is_main_thread || is_running.load()) return;
  end_of_save.store(end);
  if (where.waits_in_kernel) save_and_end(end);
  if (*php.at_interrupt != at_interrupt) {
    at_interrupt_before = *php.at_interrupt;
    *php.at_interrupt = at_interrupt;
  }
  ask_interrupt();
}

void save_from_saver_thread(std::int64_t timeout_ns, SaveEnd /*end*/) {
  constexpr std::int64_t kFirst = 200000;
  constexpr std::int64_t kLater = 2000000;
  constexpr int kFirstNudges = 20;
  const Deadline deadline(kKernel, timeout_ns);
  const Deadline half(kKernel, timeout_ns / 2);
  for (int nudges = 0; deadline.left() != 0; ++nudges) {
    // No wait of the coverage's own function is cut short.
    if (is_ending.load()) {
      if (!is_running.load()) ask_interrupt();
    } else if (!is_running.load()) {
      nudge();
    }
    kKernel.sleep(nudges < kFirstNudges || is_ending.load() ? kFirst : kLater);
    // Whether it measures is not known, so the report names what may be lost. The killer does not
    // wait for the end of this loop.
    if (half.left() == 0 && !is_running.load()) tell_measured();
  }
  tell_measured();  // also if the kernel denies the clock
}

// PHP leaves by a signal to itself in its handlers, and by _exit() in a handler or in a child that
// has failed to execute a program. What a handler has interrupted is not known.
SaveResult save_on_leaving_thread() { return SaveResult::kNone; }

}  // namespace covenv::php
