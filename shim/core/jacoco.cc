// SPDX-License-Identifier: MIT
#include "shim/core/jacoco.h"

namespace covenv {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

bool starts_jacoco(std::string_view options) {
  const std::size_t agent = options.find("-javaagent:");
  const bool has_agent =
      agent != std::string_view::npos && options.find("jacoco", agent) != std::string_view::npos;
  return (has_agent || contains(options, "-Djacoco-agent.")) &&
         !contains(options, "dumponexit=false");
}

bool keeps_jacoco_data(std::string_view options) {
  return !contains(options, "output=tcpserver") && !contains(options, "output=none");
}

}  // namespace covenv
