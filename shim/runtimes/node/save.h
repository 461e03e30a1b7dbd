// SPDX-License-Identifier: MIT
// The save of one isolate: what V8 has counted (NODE_V8_COVERAGE), and what Istanbul has (nyc).
#pragma once

#include "shim/runtimes/node/v8.h"
#include "shim/session/events.h"

namespace covenv::node {

/// What is known of this process, which is a Node that measures.
struct Node {
  V8 v8 = {};
  const char* v8_folder = nullptr;  ///< NODE_V8_COVERAGE, one of the process's first strings
  bool is_nyc = false;              ///< NYC_CONFIG is there
};
extern constinit Node node;

/// Node says nothing on stderr for as long as this object lives, unless no descriptor is left.
class MutedStderr {
 public:
  MutedStderr();
  ~MutedStderr();
  MutedStderr(const MutedStderr&) = delete;
  MutedStderr& operator=(const MutedStderr&) = delete;

 private:
  int kept_;
};

/// V8's heap may grow from now on, and an error that V8 cannot survive calls `on_fatal_error`.
void survive_errors(Isolate* isolate, void (*on_fatal_error)(const char*, const char*));

/// The same before the save of a process that dies after it. Node says nothing on stderr any more.
void prepare_last_save(Isolate* isolate, void (*on_fatal_error)(const char*, const char*));

/// Saves what `isolate` has. Requires the isolate's thread, outside of V8 or in an interrupt.
/// kDone: all is saved, by Node itself at its end, too, or no line of a program has run. kNone: no
/// JavaScript can run now, or Node itself is about to write at its normal end.
SaveResult save_isolate(Isolate* isolate);

/// Removes files of this process that are not whole, as a full disk leaves them, because a reader
/// trips over them. Returns whether there were any. Requires that no thread writes.
bool remove_broken_files();

}  // namespace covenv::node
