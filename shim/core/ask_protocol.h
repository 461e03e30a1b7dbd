// SPDX-License-Identifier: MIT
// The ask: how a process that measures, and has no journal, is made to save before it dies.
//
// 1. The process shows that it has a saver: it catches the signature, two real-time signals with
//    uncaught neighbours, and kAskSignal. /proc/<pid>/status shows these; exec clears them.
// 2. The killer sends kAskSignal with ask_value(the signal that it wanted to send), and waits.
// 3. The saver saves, and the process dies of that very signal. An ask to any other process does no
//    harm, because kAskSignal is ignored by default.
//
// Sent by proc/ask_and_wait and by sigforward; heard by saver/saver.
#pragma once

#include <csignal>
#include <cstdint>

#include "shim/core/process_status.h"
#include "shim/core/settings.h"

namespace covenv {

inline constexpr int kAskSignal = SIGURG;

/// The value that kAskSignal carries: a mark, and in the last byte the signal to die of.
constexpr std::uint64_t ask_value(int signal) {
  return 0x434f56454e560000U | static_cast<unsigned>(signal);
}

/// The signal to die of; 0 if the value is no ask.
constexpr int asked_signal(std::uint64_t value) {
  return (value & ~std::uint64_t{0xff}) == ask_value(0) ? static_cast<int>(value & 0xffU) : 0;
}

/// Whether the process catches both signals of the signature and none beside them.
bool has_signature(const ProcessStatus& status, const SignalList& signature);

}  // namespace covenv
