// SPDX-License-Identifier: MIT
// Worker threads (node:worker_threads): each has an isolate of its own, and saves on its own
// thread.
#pragma once

#include "shim/runtimes/runtimes.h"

namespace covenv::node {

/// Asks each thread of the process that has not answered yet, except the main and the calling one,
/// and those that have answered to save. To be called on the saver's thread, again and again.
void ask_workers();

/// Whether each thread that was asked has saved, has ended, or is no worker.
bool are_workers_saved();

/// To be called in the ask's handler on a thread that is not the main one.
void answer_as_worker(const Interruption& where);

/// Keeps a thread that has saved from running on, until the process has ended or release_threads()
/// is called.
void hold_thread();
void release_threads();

}  // namespace covenv::node
