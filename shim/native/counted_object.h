// SPDX-License-Identifier: MIT
// One program or library with counters, and how each kind of counters is saved.
#pragma once

#include <span>

#include "shim/core/counters_fate.h"
#include "shim/core/process_status.h"
#include "shim/counters/elf_file.h"
#include "shim/native/counted_program.h"
#include "shim/native/subject.h"

namespace covenv {

struct CountedObject {
  Subject& subject;
  const ProcessStatus& status;
  const LoadedObject& loaded;
  const Farewell& farewell;
  std::span<char> room;  ///< kRoomToSave bytes

  static constexpr std::size_t kRoomToSave = std::size_t{160} * 1024;
};

/// Whether the object has counters of that kind. By the headers and a read or two, so a "yes" may
/// be wrong.
bool may_have_llvm_counters(const ElfFile& file);
bool may_have_gcov_counters(const ElfFile& file, std::span<char> room);
bool may_have_go_counters(const ElfFile& file);

CountersFate save_llvm_counters(const CountedObject& object);
CountersFate save_gcov_counters(const CountedObject& object);
/// kNone if the program does not die of the signal.
CountersFate save_go_counters(const CountedObject& object);

}  // namespace covenv
