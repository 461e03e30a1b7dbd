// SPDX-License-Identifier: MIT
// Facts about other processes, from /proc.
#pragma once

#include <sys/types.h>

#include "shim/core/process_status.h"
#include "shim/proc/kernel.h"

namespace covenv {

/// Whether /proc shows the pids that this process sees: in a pid namespace without a /proc of its
/// own every number there is somebody else.
bool proc_is_ours(const Kernel& kernel, pid_t own);

/// False where there is no such process or its status cannot be read.
bool read_status(const Kernel& kernel, pid_t pid, ProcessStatus& status);
bool read_stat(const Kernel& kernel, pid_t pid, ProcessStat& stat);

/// Whether a process keeps this signal for later, or for a sigwait(), as its threads are now.
/// `leader`: the status of its leading thread, which the kernel tries first.
bool keeps_signal(const Kernel& kernel, pid_t pid, int signal, const ProcessStatus& leader);

/// Whether one of our own threads waits for what no other thread is there to do: it has
/// inherited a lock by fork(), as a rule. `idle_threads`: those that wait for it.
bool is_deadlocked(const Kernel& kernel, pid_t own, pid_t tid, int idle_threads);

/// Whether this is a runtime that loses its coverage by a SIGKILL (core/known_runtime.h). Its
/// environment is looked at only if the program is a likely one.
bool is_measuring_runtime(const Kernel& kernel, pid_t pid);

/// Whether this process is a sigforward that waits for its command: its guard has another name.
bool is_sigforward(const Kernel& kernel, pid_t pid);
/// The same of one whose status has been read.
bool is_sigforward(const Kernel& kernel, pid_t pid, const ProcessStatus& status);

/// How long a sigforward may take to end: its grace, and a while for itself. 0 where it sets itself
/// no bound (`inf`): no kill() waits for ever, and its guard goes on waiting when it is dead.
std::int64_t time_of_wrapper(const Kernel& kernel, pid_t pid);

/// The process behind one of our own pidfds; 0 where it has ended or the fd is none.
pid_t pid_of_pidfd(const Kernel& kernel, int pidfd);

/// Calls visit(context, pid) for every process that /proc lists.
void for_each_process(const Kernel& kernel, void (*visit)(void* context, pid_t pid), void* context);

}  // namespace covenv
