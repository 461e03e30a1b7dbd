// SPDX-License-Identifier: MIT
#include "wrapper/covenv/report/tree.h"

#include <algorithm>
#include <numeric>

namespace covenv::report {

Tree::Tree(const Report& report) : report_(report) {
  const std::size_t count = report.processes.size();
  index_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) index_.emplace(report.processes[i].id, i);

  // In the order of starts, the last first: a stack then gives out the first one first.
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const Process& left = report.processes[a];
    const Process& right = report.processes[b];
    return left.shard != right.shard ? left.shard > right.shard : left.start_ns > right.start_ns;
  });
  std::vector<std::vector<std::size_t>> children(count);
  std::vector<Node> pending;
  for (const std::size_t i : order) {
    const auto& parent = report.processes[i].parent;
    const auto found = parent ? index_.find(*parent) : index_.end();
    if (found == index_.end()) {
      pending.push_back({i, 0});
    } else {
      children[found->second].push_back(i);
    }
  }

  std::vector<bool> seen(count);
  nodes_.reserve(count);
  const auto walk = [&] {
    while (!pending.empty()) {
      const Node node = pending.back();
      pending.pop_back();
      if (seen[node.index]) continue;
      seen[node.index] = true;
      nodes_.push_back(node);
      for (const std::size_t child : children[node.index])
        pending.push_back({child, node.depth + 1});
    }
  };
  walk();
  // Those in a circle hang from no root.
  for (std::size_t i = 0; i < count; ++i) {
    if (seen[i]) continue;
    pending.push_back({i, 0});
    walk();
  }
}

const Process* Tree::find(std::int64_t id) const {
  const auto found = index_.find(id);
  return found == index_.end() ? nullptr : &report_.processes[found->second];
}

}  // namespace covenv::report
