// SPDX-License-Identifier: MIT
// Facts about other processes, from /proc.
#pragma once

#include <sys/types.h>

#include "shim/core/process_status.h"
#include "shim/proc/kernel.h"

namespace covenv {

/// False if /proc belongs to another pid namespace, so that its numbers name other processes.
bool proc_is_ours(const Kernel& kernel, pid_t own);

/// False if there is no such process or its status cannot be read.
bool read_status(const Kernel& kernel, pid_t pid, ProcessStatus& status);
bool read_stat(const Kernel& kernel, pid_t pid, ProcessStat& stat);

/// Whether this signal would stay pending in the process, or be taken by a sigwait(), as its
/// threads are now. `leader`: the status of the leading thread, to which the kernel delivers first.
bool keeps_signal(const Kernel& kernel, pid_t pid, int signal, const ProcessStatus& leader);

/// Whether our own thread `tid` waits for ever, as a rule for a lock that a fork has orphaned: only
/// this thread and `idle_threads` others, which wait for this thread, are left.
bool is_deadlocked(const Kernel& kernel, pid_t own, pid_t tid, int idle_threads);

/// Whether this is a runtime that measures, and loses that by a SIGKILL (core/known_runtime.h). The
/// environment is read only if the program's name is that of a known runtime.
bool is_measuring_runtime(const Kernel& kernel, pid_t pid);

/// Whether this is a Ruby that has loaded Coverage. Short for a program of another name.
bool has_coverage_in_ruby(const Kernel& kernel, pid_t pid, const ProcessStatus& status);

/// Whether this process is a sigforward that waits for its command. A guard has another name.
bool is_sigforward(const Kernel& kernel, pid_t pid);
/// The same for a process whose status has been read.
bool is_sigforward(const Kernel& kernel, pid_t pid, const ProcessStatus& status);

/// How long a sigforward may take to end, in nanoseconds: its grace, and 1.5 s for itself. 0 if the
/// grace is `inf`, because no kill() waits for ever, and the guard goes on after a SIGKILL.
std::int64_t time_of_wrapper(const Kernel& kernel, pid_t pid);

/// The process behind one of our own pidfds; 0 if it has ended, or if the fd is no pidfd.
pid_t pid_of_pidfd(const Kernel& kernel, int pidfd);

/// Calls visit(context, thread) for every thread of a process.
void for_each_thread(const Kernel& kernel, pid_t pid, void (*visit)(void* context, pid_t thread),
                     void* context);

/// Calls visit(context, pid) for every process that /proc lists.
void for_each_process(const Kernel& kernel, void (*visit)(void* context, pid_t pid), void* context);

}  // namespace covenv
