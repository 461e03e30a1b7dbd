// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "wrapper/covenv/report/model.h"

namespace covenv::report {

struct Named {
  std::string path;
  Report report;
};

/// One report of several, each a shard that is named after its file. Ids are numbered anew; times
/// stay relative to the shard's start, because clocks of several machines cannot be compared. The
/// exit is the first that is no success. Reports that are merged already keep their shards, under
/// both names.
Report merge(std::vector<Named> reports);

}  // namespace covenv::report
