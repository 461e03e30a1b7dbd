// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/perl_options.h"

#include <filesystem>
#include <string>
#include <string_view>

#include "shim/core/entry.h"

namespace covenv::doctor {
namespace {

constexpr std::string_view kModule = "-MDevel::Cover";
constexpr std::string_view kDatabase = "-db,";

/// The word that loads Devel::Cover; empty if there is none.
std::string_view switch_in(const char* value) {
  const std::string_view text = value != nullptr ? value : "";
  const std::size_t at = text.find(kModule);
  if (at == std::string_view::npos) return {};
  return text.substr(at, text.find(' ', at) - at);
}

/// The same switch with a database that does not depend on the current folder.
std::string with_absolute_database(std::string_view told) {
  std::string mended(told);
  const std::string folder = std::filesystem::current_path().string() + "/";
  const std::size_t at = mended.find(kDatabase);
  if (at == std::string::npos) {
    const bool has_options = mended.size() > kModule.size();
    return mended + (has_options ? "," : "=") + std::string(kDatabase) + folder + "cover_db";
  }
  if (mended[at + kDatabase.size()] != '/') mended.insert(at + kDatabase.size(), folder);
  return mended;
}

std::string exported(std::string_view value) { return "export PERL5OPT=" + std::string(value); }

}  // namespace

void check_perl(const char* const* entries, Findings& findings) {
  const std::string_view own = switch_in(value_in(entries, "PERL5OPT"));
  const std::string_view harness = switch_in(value_in(entries, "HARNESS_PERL_SWITCHES"));
  if (!own.empty() && with_absolute_database(own) != own) {
    findings.push_back(
        {Level::kWarning, "perl-database-relative",
         "Devel::Cover's database is relative: a child in another folder writes into another one",
         "PERL5OPT", exported(with_absolute_database(own))});
  }
  if (own.empty() && !harness.empty()) {
    findings.push_back({Level::kError, "perl-children",
                        "HARNESS_PERL_SWITCHES measures the test files alone: the Perl programs "
                        "that they start are not measured",
                        "HARNESS_PERL_SWITCHES", exported(with_absolute_database(harness))});
  }
}

}  // namespace covenv::doctor
