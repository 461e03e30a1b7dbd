// SPDX-License-Identifier: MIT
#include "shim/core/ask_protocol.h"

namespace covenv {

bool has_signature(const ProcessStatus& status, const SignalList& signature) {
  for (const int signal : signature) {
    if (!status.catches(signal) || status.catches(signal - 1) || status.catches(signal + 1)) {
      return false;
    }
  }
  return signature.count != 0;
}

}  // namespace covenv
