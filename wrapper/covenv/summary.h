// SPDX-License-Identifier: MIT
// The few lines at the end of `covenv run`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "story.h"

namespace covenv {

struct Totals {
  std::size_t processes = 0;
  std::size_t measured = 0;
  std::size_t restored = 0;  ///< that got variables back which they had not been given
  std::size_t saved = 0;     ///< that saved before a signal or an exit that would have lost it all
  std::size_t lost = 0;
};

Totals totals_of(const std::vector<ProcessStory>& processes);

/// The lines, without line ends. Losses of one kind and program are told together; at most
/// `most_losses` kinds.
std::vector<std::string> summarise(const std::vector<ProcessStory>& processes,
                                   std::uint64_t dropped, std::size_t most_losses = 8);

}  // namespace covenv
