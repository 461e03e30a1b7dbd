// SPDX-License-Identifier: MIT
#pragma once

#include "shim/native/victim_lock.h"
#include "wrapper/supervise/processes/members.h"

namespace covenv::supervise {

/// Reads the COVENV_* variables, which the processes below have inherited. To be called before the
/// environment is wiped; without this call the defaults hold.
void read_settings();

/// True if the signal would end this process without its data: the process measures, has
/// libcovenv's saver, and does not catch the signal. Then the saver is to be asked.
bool needs_saver(const Member& member, int signal);

/// Saves the counters of the compiled program that the process runs, if the signal is about to end
/// the process. `locks` is to be held until the signal is sent.
void keep_counters(const Member& member, int signal, VictimLocks& locks);

/// Sends the signal, or asks the saver to save and die by the signal. False if that was refused.
/// Before that keeps the counters of a compiled program.
bool send_to(const Member& member, int signal);

}  // namespace covenv::supervise
