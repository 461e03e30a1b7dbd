// SPDX-License-Identifier: MIT
// What `covenv doctor` found, and how it is printed.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace covenv::doctor {

enum class Level : std::uint8_t { kError, kWarning, kNote };

struct Finding {
  Level level;
  std::string check;  ///< a stable name, for scripts
  std::string what;
  std::string where;  ///< file:line, a path, or "environment"; may be empty
  std::string fix;    ///< what to write or type
};

/// A child that was started without an environment, and killed. `why` is empty if it has saved.
struct ProbeChild {
  bool ran = false;
  bool saved = false;
  std::string why;
  std::vector<std::string> carried;  ///< names of the variables that reached it
  std::string measured;              ///< what has measured it, and why; empty if nothing has
};

struct Report {
  std::string interpreter;
  std::string python;
  std::string coverage;
  std::string pytest_cov;
  std::string config_file;  ///< the file that coverage says it read; empty: none
  std::vector<Finding> findings;
  ProbeChild child;
};

const char* level_name(Level level);

/// A level by its name; kError for any other word.
Level level_of(const std::string& name);

/// Errors first; findings of one level stay in their order.
void sort_findings(std::vector<Finding>& findings);

/// The findings, three lines each at most, and one line about the probe child.
std::string as_text(const Report& report, bool colour);

/// Version 2 of the format: `fix`, which was `mend` in version 1.
nlohmann::json as_json(const Report& report);

/// Adds what probe.py printed. False if `output` holds no answer of probe.py.
bool add_answer(Report& report, const std::string& output);

}  // namespace covenv::doctor
