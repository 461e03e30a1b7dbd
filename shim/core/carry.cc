// SPDX-License-Identifier: MIT
#include "shim/core/carry.h"

#include "shim/core/entry.h"

namespace covenv {
namespace {

/// Without pointers, which would be relocated in each process.
class Preset {
 public:
  consteval Preset(std::string_view name, std::string_view needles)
      : name_size_(static_cast<std::uint8_t>(name.size())),
        needles_size_(static_cast<std::uint8_t>(needles.size())) {
    for (std::size_t i = 0; i < name.size(); ++i) name_[i] = name[i];
    for (std::size_t i = 0; i < needles.size(); ++i) needles_[i] = needles[i];
  }

  /// The whole name, or a prefix that ends in '_'.
  constexpr std::string_view name() const { return {name_, name_size_}; }
  /// '|'-separated: the value holds one of them. Empty: any value.
  constexpr std::string_view needles() const { return {needles_, needles_size_}; }

 private:
  char name_[18] = {};
  char needles_[18] = {};
  std::uint8_t name_size_;
  std::uint8_t needles_size_;
};

constexpr Preset kPresets[] = {
    {"COVENV_", ""},
    {"GOCOVERDIR", ""},
    {"LLVM_PROFILE_FILE", ""},
    {"GCOV_PREFIX", ""},
    {"GCOV_PREFIX_STRIP", ""},
    {"NODE_V8_COVERAGE", ""},
    {"NYC_", ""},
    {"JAVA_TOOL_OPTIONS", "jacoco"},
    {"JDK_JAVA_OPTIONS", "jacoco"},
    {"RUBYOPT", "simplecov|coverage"},
    {"PERL5OPT", "Devel::Cover"},
    {"XDEBUG_MODE", "coverage"},
};

bool contains_any(std::string_view value, std::string_view needles) {
  while (true) {
    const std::size_t bar = needles.find('|');
    const std::string_view needle(needles.data(),
                                  bar == std::string_view::npos ? needles.size() : bar);
    if (value.find(needle) != std::string_view::npos) return true;
    if (bar == std::string_view::npos) return false;
    needles.remove_prefix(bar + 1);
  }
}

bool is_preset(std::string_view name, const char* value) {
  for (const Preset& preset : kPresets) {
    if (preset.name().front() != name.front()) continue;
    const bool named =
        preset.name().back() == '_' ? name.starts_with(preset.name()) : name == preset.name();
    if (named) return preset.needles().empty() || contains_any(value, preset.needles());
  }
  return false;
}

/// The first letters of the presets, one bit each.
constexpr std::uint64_t kFirstLetters = [] {
  std::uint64_t letters = 0;
  for (const Preset& preset : kPresets)
    letters |= std::uint64_t{1} << (preset.name().front() - '@');
  return letters;
}();

constexpr bool can_start_preset(char byte) {
  return byte > '@' && (kFirstLetters >> (byte - '@') & 1U) != 0;
}

constexpr Group kGroups[] = {
    {"COV_CORE_", GroupRule::kFill},
    {"COVERAGE_PROCESS_", GroupRule::kExclusive},
    {"GCOV_PREFIX", GroupRule::kFill},
    {"NYC_", GroupRule::kFill},
};

}  // namespace

bool Carried::add(const char* entry, const HashedName& name) {
  if (count_ == kCapacity) return false;
  std::size_t bucket = name.hash % kBuckets;
  while (buckets_[bucket] != 0) bucket = (bucket + 1) % kBuckets;
  entries_[count_] = entry;
  sizes_[count_] = static_cast<std::uint32_t>(name.text.size());
  hashes_[count_] = name.hash;
  buckets_[bucket] = static_cast<std::uint8_t>(++count_);
  return true;
}

std::size_t Carried::find(const HashedName& name) const {
  for (std::size_t bucket = name.hash % kBuckets; buckets_[bucket] != 0;
       bucket = (bucket + 1) % kBuckets) {
    const std::size_t index = buckets_[bucket] - 1U;
    if (hashes_[index] == name.hash && this->name(index).text == name.text) return index;
  }
  return kNone;
}

bool is_carried(const char* entry, std::string_view name, const Settings& settings) {
  const char* const end = entry + name.size();
  if (name.empty() || *end == '\0' || end[1] == '\0' || name == "LD_PRELOAD") return false;
  return settings.carry.matches(name) || is_preset(name, end + 1);
}

bool can_be_carried(const char* entry, const Settings& settings) {
  return settings.carry.can_start_with(*entry) || can_start_preset(*entry);
}

void select_carried(const char* const* environment, const Settings& settings, Carried& carried) {
  if (environment == nullptr) return;
  for (; *environment != nullptr; ++environment) {
    if (!can_be_carried(*environment, settings)) continue;
    const HashedName name(*environment);
    if (!is_carried(*environment, name.text, settings)) continue;
    if (!carried.has(name) && !carried.add(*environment, name)) return;
  }
}

bool names_python_coverage(const char* entry) {
  return has_name(entry, "COVERAGE_PROCESS_CONFIG") || has_name(entry, "COVERAGE_PROCESS_START") ||
         has_name(entry, "COV_CORE_SOURCE");
}

bool starts_python_coverage(const char* entry) {
  if (!names_python_coverage(entry)) return false;
  const char* const value = value_of(entry);
  return value != nullptr && *value != '\0';
}

GroupRule rule_of(const char* entry) {
  for (const Group& group : kGroups) {
    if (has_prefix(entry, group.prefix)) return group.rule;
  }
  return GroupRule::kFill;
}

Group group_of(const char* entry) {
  for (const Group& group : kGroups) {
    if (has_prefix(entry, group.prefix)) return group;
  }
  return {name_of(entry), GroupRule::kFill};
}

}  // namespace covenv
