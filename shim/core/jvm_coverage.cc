// SPDX-License-Identifier: MIT
#include "shim/core/jvm_coverage.h"

namespace covenv {
namespace {

constexpr std::string_view kCobertura = "net.sourceforge.cobertura.";

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Whether an agent is started in whose path `name` is.
bool has_agent(std::string_view options, std::string_view name) {
  const std::size_t agent = options.find("-javaagent:");
  return agent != std::string_view::npos && options.find(name, agent) != std::string_view::npos;
}

}  // namespace

bool starts_jacoco(std::string_view options) {
  return (has_agent(options, "jacoco") || contains(options, "-Djacoco-agent.")) &&
         !contains(options, "dumponexit=false");
}

bool keeps_jacoco_data(std::string_view options) {
  return !contains(options, "output=tcpserver") && !contains(options, "output=none");
}

bool names_tool_with_hook(std::string_view options) {
  constexpr std::string_view kNames[] = {"clover", "cobertura", "kover-jvm-agent",
                                         "intellij-coverage-agent"};
  for (const std::string_view name : kNames) {
    if (contains(options, name)) return true;
  }
  return false;
}

bool starts_agent_with_hook(std::string_view options) {
  return has_agent(options, "kover-jvm-agent") || has_agent(options, "intellij-coverage-agent");
}

bool is_of_tool_with_hook(std::string_view type) {
  constexpr std::string_view kPackages[] = {"com.atlassian.clover.", "org.openclover.", kCobertura,
                                            "com.intellij.rt.coverage."};
  for (const std::string_view package : kPackages) {
    if (type.starts_with(package)) return true;
  }
  return false;
}

// A second, in the hope that the program has come to rest by then.
bool sleeps_before_writing(std::string_view type) { return type.starts_with(kCobertura); }

}  // namespace covenv
