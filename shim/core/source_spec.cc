// SPDX-License-Identifier: MIT
#include "shim/core/source_spec.h"

#include <algorithm>
#include <cstddef>

#include "shim/core/entry.h"

namespace covenv {
namespace {

constexpr std::string_view kVariable = "COVENV_SOURCE";
constexpr std::string_view kConfiguring[] = {"COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START",
                                             "COV_CORE_SOURCE", "COV_CORE_DATAFILE"};
constexpr std::size_t kTagSize = 8;  // hexadecimal digits

/// CRC-32 as in zlib.
class Checksum {
 public:
  void add(std::string_view bytes) {
    for (const char byte : bytes) {
      state_ ^= static_cast<unsigned char>(byte);
      for (int bit = 0; bit < 8; ++bit) state_ = state_ >> 1U ^ (0xEDB88320U & -(state_ & 1U));
    }
  }
  std::uint32_t value() const { return ~state_; }

 private:
  std::uint32_t state_ = 0xFFFFFFFFU;
};

std::string_view text_in(const char* const* environment, std::string_view name) {
  const char* const value = value_in(environment, name);
  return value != nullptr ? std::string_view(value) : std::string_view();
}

/// Removes the part before the separator, and returns it.
std::string_view next_part(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool is_of_module(std::string_view module, std::string_view name) {
  return module.starts_with(name) && (module.size() == name.size() || module[name.size()] == '.');
}

/// Whether a value with this tag belongs to the configuration in this environment.
bool has_tag_of(const char* const* environment, std::string_view tag) {
  if (tag.size() != kTagSize) return false;
  std::uint32_t wanted = configuration_tag(environment);
  for (std::size_t i = kTagSize; i-- > 0; wanted >>= 4U) {
    if (tag[i] != "0123456789abcdef"[wanted & 15U]) return false;
  }
  return true;
}

}  // namespace

std::uint32_t configuration_tag(const char* const* environment) {
  Checksum sum;
  for (const std::string_view name : kConfiguring) {
    if (name != kConfiguring[0]) sum.add("\n");
    sum.add(text_in(environment, name));
  }
  return sum.value();
}

std::string_view source_entries(const char* const* environment) {
  std::string_view entries = text_in(environment, kVariable);
  return has_tag_of(environment, next_part(entries, ':')) ? entries : std::string_view();
}

bool names_modules(std::string_view entries) {
  while (!entries.empty()) {
    if (next_part(entries, ':').starts_with('@')) return true;
  }
  return false;
}

LightOffer light_offer(const char* const* environment) {
  std::string_view tracer = text_in(environment, "COVENV_TRACER");
  if (!has_tag_of(environment, next_part(tracer, ':'))) return LightOffer::kNone;
  if (tracer == "-coverage") return LightOffer::kCoverage;
  if (tracer.starts_with('-')) return LightOffer::kSettings;
  const std::string_view core = next_part(tracer, ':');
  const std::string_view wanted = text_in(environment, "COVERAGE_CORE");
  if (!wanted.empty() && wanted != core) return LightOffer::kSettings;
  const bool has_run = !text_in(environment, "COVENV_RUN").empty() ||
                       !text_in(environment, "COVENV_SESSION").empty();
  const bool has_source = !source_entries(environment).empty();
  return has_run && has_source && !tracer.empty() ? LightOffer::kGiven : LightOffer::kNone;
}

bool may_be_measured(std::string_view entries, std::string_view prefix, const RunCode& code) {
  std::size_t measured = 0;  // the length of the longest folder around the path
  std::size_t not_measured = 0;
  bool any_source = false;
  bool any_module = false;
  bool is_of_prefix = false;
  while (!entries.empty()) {
    std::string_view entry = next_part(entries, ':');
    if (entry.empty()) return true;
    const char kind = entry.front();
    if (kind == '-' || kind == '=' || kind == '@') entry.remove_prefix(1);
    if (kind == '=') {
      is_of_prefix = entry == prefix;
    } else if (kind == '@') {
      any_module = true;
      if (code.module && is_of_module(*code.module, entry)) return true;
    } else if (kind == '-') {
      if (is_below(code.path, entry)) not_measured = std::max(not_measured, entry.size());
    } else if (kind == '+') {
      continue;
    } else {
      any_source = true;
      if (is_below(code.path, entry)) measured = std::max(measured, entry.size());
    }
  }
  if (!is_of_prefix) not_measured = 0;
  if (any_module && !code.module) return true;
  if (any_module && !any_source) return false;
  return any_source ? measured > 0 && measured >= not_measured : not_measured == 0;
}

bool is_of_standard_library(std::string_view path) {
  const auto has = [&](std::string_view part) { return path.find(part) != path.npos; };
  if (path.starts_with('<')) return true;
  if (has("/site-packages/") || has("/dist-packages/")) return false;
  for (const std::string_view folder : {"/lib/python3.", "/lib64/python3."}) {
    const std::size_t at = path.find(folder);
    if (at == path.npos) continue;
    // "python3.13t" is the free-threaded one's.
    const std::size_t end = path.find_first_not_of("0123456789t", at + folder.size());
    if (end != path.npos && path[end] == '/') return true;
  }
  return false;
}

}  // namespace covenv
