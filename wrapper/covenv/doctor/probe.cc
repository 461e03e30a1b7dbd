// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/probe.h"

#include <chrono>

#include "wrapper/covenv/doctor/probe_source.h"

namespace covenv::doctor {

std::optional<ProgramOutput> run_probe(const std::string& python, const Words& command,
                                       const Words& programs, const nlohmann::json& finished) {
  constexpr std::chrono::seconds kDeadline(120);
  using nlohmann::json;
  const std::string request =
      json({{"command", command}, {"programs", programs}, {"finished", finished}})
          .dump(-1, ' ', true, json::error_handler_t::replace);
  return run_program({python, "-c", kProbeSource, request, kProjectSource}, own_environment(),
                     kDeadline);
}

}  // namespace covenv::doctor
