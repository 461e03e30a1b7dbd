// SPDX-License-Identifier: MIT
#include "shim/core/seccomp_filter.h"

#include <linux/seccomp.h>

namespace covenv {
namespace {

bool is_harmless(const sock_filter& step) {
  if (BPF_CLASS(step.code) != BPF_RET) return true;
  if (BPF_RVAL(step.code) != BPF_K) return false;  // computed
  const unsigned action = step.k & SECCOMP_RET_ACTION_FULL;
  return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_LOG;
}

}  // namespace

bool may_kill(std::span<const sock_filter> filter) {
  for (const sock_filter& step : filter) {
    if (!is_harmless(step)) return true;
  }
  return false;
}

}  // namespace covenv
