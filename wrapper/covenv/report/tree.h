// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "wrapper/covenv/report/model.h"

namespace covenv::report {

/// Parents and children. A parent that is not there, or would be a descendant, counts as unknown.
class Tree {
 public:
  /// One process, as a walk from each root to its descendants meets it.
  struct Node {
    std::size_t index;  ///< in report.processes
    std::size_t depth;
  };

  explicit Tree(const Report& report);

  /// Every process once; parents before their children, and these in the order of their start.
  const std::vector<Node>& nodes() const { return nodes_; }

  /// The process of that id, or null.
  const Process* find(std::int64_t id) const;

 private:
  const Report& report_;
  std::unordered_map<std::int64_t, std::size_t> index_;
  std::vector<Node> nodes_;
};

}  // namespace covenv::report
