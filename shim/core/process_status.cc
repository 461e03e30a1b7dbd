// SPDX-License-Identifier: MIT
#include "shim/core/process_status.h"

#include <linux/futex.h>
#include <sys/syscall.h>

#include "shim/core/digit.h"

namespace covenv {
namespace {

std::uint64_t parse_number(std::string_view text, unsigned base) {
  std::uint64_t number = 0;
  for (const char byte : text) {
    const unsigned digit = digit_value(byte);
    if (digit >= base) break;
    number = number * base + digit;
  }
  return number;
}

/// The last of the numbers that tabs divide: of real, effective, saved, and file system's.
std::uint64_t last_number(std::string_view text) {
  const std::size_t tab = text.rfind('\t');
  if (tab != std::string_view::npos) text.remove_prefix(tab + 1);
  return parse_number(text, 10);
}

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

}  // namespace

void ProcessStatusParser::feed(std::span<const char> text) {
  for (const char byte : text) {
    if (byte == '\n') {
      end_line();
      size_ = 0;
    } else if (size_ < sizeof(line_)) {
      line_[size_++] = byte;
    }
  }
}

void ProcessStatusParser::end_line() {
  const std::string_view line(line_, size_);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name(line.data(), colon);
  std::string_view value(line.data() + colon + 1, line.size() - colon - 1);
  while (!value.empty() && value.front() == '\t') value.remove_prefix(1);
  if (value.empty()) return;
  if (name == "Name") {
    status_.is_called_sigforward = value == "sigforward";
    status_.is_called_keeper =
        status_.is_called_sigforward || value == "covenv" || value.starts_with("sigfwd-");
    status_.is_called_ruby = value.starts_with("ruby");
    status_.is_called_php = value.starts_with("php");
  } else if (name == "NSpid") {
    status_.is_init = last_number(value) == 1;
  } else if (name == "Umask") {
    status_.umask = static_cast<mode_t>(parse_number(value, 8));
  } else if (name == "Uid") {
    status_.user = static_cast<uid_t>(last_number(value));
  } else if (name == "Gid") {
    status_.group = static_cast<gid_t>(last_number(value));
  } else if (name == "VmExe" || name == "VmLib") {
    status_.code_kib += parse_number(without_blanks(value), 10);
  } else if (name == "State") {
    status_.state = value.front();
    seen_ |= 1U;
  } else if (name == "Tgid") {
    status_.group_leader = static_cast<pid_t>(parse_number(value, 10));
    seen_ |= 2U;
  } else if (name == "PPid") {
    status_.parent = static_cast<pid_t>(parse_number(value, 10));
    seen_ |= 4U;
  } else if (name == "TracerPid") {
    status_.tracer = static_cast<pid_t>(parse_number(value, 10));
    seen_ |= 32U;
  } else if (name == "Threads") {
    status_.threads = static_cast<int>(parse_number(value, 10));
    seen_ |= 64U;
  } else if (name == "SigBlk") {
    status_.blocked = parse_number(value, 16);
    seen_ |= 128U;
  } else if (name == "SigPnd" || name == "ShdPnd") {
    status_.pending |= parse_number(value, 16);
  } else if (name == "SigIgn") {
    status_.ignored = parse_number(value, 16);
    seen_ |= 8U;
  } else if (name == "SigCgt") {
    status_.caught = parse_number(value, 16);
    seen_ |= 16U;
  }
}

bool parse_process_stat(std::string_view text, ProcessStat& stat) {
  constexpr int kState = 3;
  constexpr int kGroup = 5;
  constexpr int kFlags = 9;
  constexpr int kThreads = 20;
  constexpr int kStartTime = 22;
  constexpr std::uint64_t kIsExiting = 4;  // PF_EXITING
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return false;
  text.remove_prefix(name_end + 1);
  for (int field = kState; field <= kStartTime; ++field) {
    if (!text.starts_with(" ")) return false;
    text.remove_prefix(1);
    const std::size_t blank = text.find(' ');
    const std::size_t size = blank == std::string_view::npos ? text.size() : blank;
    const std::string_view value(text.data(), size);
    if (value.empty() || blank == std::string_view::npos) return false;  // may be cut off
    if (field == kState) stat.state = value.front();
    if (field == kGroup) stat.process_group = static_cast<pid_t>(parse_number(value, 10));
    if (field == kFlags) stat.is_exiting = (parse_number(value, 10) & kIsExiting) != 0;
    if (field == kThreads) stat.threads = static_cast<int>(parse_number(value, 10));
    if (field == kStartTime) stat.start_time = parse_number(value, 10);
    text.remove_prefix(size);
  }
  return true;
}

std::uint64_t awaited_signals(std::string_view text) {
  constexpr std::string_view kBefore = " 0x";
  const std::size_t size = text.find(kBefore);
  const bool is_wait = size != std::string_view::npos && digit_value(text.front()) < 10 &&
                       parse_number(text, 10) == SYS_rt_sigtimedwait;
  if (!is_wait) return 0;
  text.remove_prefix(size + kBefore.size());
  return parse_number(text, 16);
}

bool is_endless_futex_wait(std::string_view text) {
  // "<number> 0x<argument> ... 0x<argument>", or "running".
  constexpr int kOperation = 2;
  constexpr int kTimeout = 4;
  std::uint64_t fields[kTimeout + 1] = {};
  for (int i = 0; i <= kTimeout; ++i) {
    const std::size_t size = text.find(' ');
    if (size == std::string_view::npos) return false;
    std::string_view value(text.data(), size);
    const bool is_hex = value.starts_with("0x");
    if (is_hex) value.remove_prefix(2);
    if (value.empty() || digit_value(value.front()) >= (is_hex ? 16U : 10U)) return false;
    fields[i] = parse_number(value, is_hex ? 16 : 10);
    text.remove_prefix(size + 1);
  }
  constexpr std::uint64_t kFlags = FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME;
  const std::uint64_t operation = fields[kOperation] & ~kFlags;
  return fields[0] == SYS_futex && fields[kTimeout] == 0 &&
         (operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET || operation == FUTEX_LOCK_PI);
}

}  // namespace covenv
