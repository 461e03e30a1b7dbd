// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/jacoco_options.h"

#include <string>
#include <string_view>

#include "shim/core/entry.h"

namespace covenv::doctor {
namespace {

struct Mistake {
  std::string_view option;
  std::string_view right;
  const char* check;
  const char* what;
};

constexpr Mistake kMistakes[] = {
    {"dumponexit=false", "dumponexit=true", "jacoco-silent",
     "dumponexit=false: JaCoCo writes nothing when a JVM ends"},
    {"output=tcpserver", "output=file", "jacoco-silent",
     "output=tcpserver: JaCoCo writes no file, and what no client fetches is lost"},
    {"output=none", "output=file", "jacoco-silent", "output=none: JaCoCo writes no file"},
    {"append=false", "append=true", "jacoco-overwritten",
     "append=false: each JVM that ends overwrites the data of those before"},
};

void check_entry(const char* entry, Findings& findings) {
  const std::string value = value_of(entry);
  if (value.find("jacoco") == std::string::npos) return;
  for (const Mistake& mistake : kMistakes) {
    const std::size_t at = value.find(mistake.option);
    if (at == std::string::npos) continue;
    const std::string name(name_of(entry));
    std::string mended = value;
    mended.replace(at, mistake.option.size(), mistake.right);
    std::string fix = "export ";
    fix.append(name).append("='").append(mended).append("'");
    findings.push_back({Level::kWarning, mistake.check, mistake.what, name, fix});
  }
}

}  // namespace

void check_jacoco(const char* const* entries, Findings& findings) {
  for (; *entries != nullptr; ++entries) {
    const bool is_for_jvms =
        has_name(*entries, "JAVA_TOOL_OPTIONS") || has_name(*entries, "JDK_JAVA_OPTIONS");
    if (is_for_jvms && value_of(*entries) != nullptr) check_entry(*entries, findings);
  }
}

}  // namespace covenv::doctor
