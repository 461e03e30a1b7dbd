// SPDX-License-Identifier: MIT
// Whether a process has lost coverage, why, and what fixes it. An end counts as a loss unless one
// of these is known: coverage has saved, the journal has become data, or there was nothing to
// measure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shim/core/counters_fate.h"
#include "shim/core/runtime_kind.h"
#include "wrapper/covenv/report/model.h"

namespace covenv {

/// Per-process state for classifying losses; not in the report.
struct Circumstances {
  bool is_wrapper = false;
  bool is_wrapped = false;                     ///< its parent is a sigforward
  bool is_asked = true;                        ///< COVENV_KILL is not off
  bool is_armed = false;                       ///< of the present program: an exec resets it
  RuntimeKind runtime = RuntimeKind::kPython;  ///< that measures
  bool has_journal = false;
  bool is_settled = false;      ///< coverage has saved, has chosen not to, or was told to erase
  bool is_journal_off = false;  ///< it could have a journal
  std::string journal_problem;
  bool has_lost_data = false;      ///< another process has erased what coverage had saved
  bool has_source = false;         ///< a line that coverage measures has run
  bool is_without_source = false;  ///< one of its Coverages has said so
  std::int64_t dropped = 0;        ///< words that its journal had no room for
  bool awaits_load = false;
  bool is_other_user = false;
  std::vector<std::string> unmeasured;  ///< why the program is not measured, and what fixes that
  bool wants_native = false;
  bool has_counters = false;  ///< its compiled program has
  bool has_no_saver = false;  ///< its runtime measures, and is of a version that cannot be asked
  bool is_unarmed = false;    ///< its runtime measures, and had no room for a saver
  CountersFate counters = CountersFate::kNone;
  bool wants_python = false;
  bool is_saving = false;
  bool has_failed = false;
  bool has_no_thread = false;
  bool has_no_file = false;        ///< what measures in it has no file of its own
  bool has_failed_itself = false;  ///< coverage should have saved at its end, and has not
  bool was_replaced = false;       ///< by an exec, before coverage had saved
  int dies_of = 0;                 ///< the signal, if it has saved for one, or its grace is over
  std::int64_t dies_at = 0;
  std::uint32_t test = 0;       ///< the number of the test that has started it
  std::uint32_t kill_test = 0;  ///< that has killed it
};

inline bool was_killed(const report::Process& process) {
  return process.end && process.end->how == report::End::How::kSignal;
}

/// `measures`: a process of this session is measured, so all Python programs are meant to be.
std::optional<report::Loss> loss_of(const report::Process& process,
                                    const Circumstances& circumstances, bool measures);

}  // namespace covenv
