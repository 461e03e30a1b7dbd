// SPDX-License-Identifier: MIT
#include "wrapper/covenv/report/model.h"

#include <algorithm>

namespace covenv::report {

bool is_saved(const Process& process) {
  return std::any_of(process.saves.begin(), process.saves.end(),
                     [](const Save& save) { return save.ok; });
}

bool is_kept_in_journal(const Process& process) {
  return std::any_of(process.saves.begin(), process.saves.end(),
                     [](const Save& save) { return save.ok && save.why == SaveWhy::kJournal; });
}

Totals count(const std::deque<Process>& processes) {
  Totals totals;
  for (const Process& process : processes) {
    ++totals.processes;
    totals.measured += process.measured ? 1 : 0;
    totals.restored += process.restored.empty() ? 0 : 1;
    totals.saved += is_saved(process) ? 1 : 0;
    totals.lost += process.loss ? 1 : 0;
  }
  return totals;
}

}  // namespace covenv::report
