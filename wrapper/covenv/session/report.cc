// SPDX-License-Identifier: MIT
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "wrapper/common/message.h"
#include "wrapper/covenv/cli/command.h"
#include "wrapper/covenv/cli/one_of.h"
#include "wrapper/covenv/report/merge.h"
#include "wrapper/covenv/report/output.h"
#include "wrapper/covenv/report/parse.h"
#include "wrapper/covenv/report/words.h"
#include "wrapper/covenv/session/session_report.h"

namespace covenv {
namespace {

using report::Format;
using report::Report;

struct ReportOptions {
  std::vector<std::string> files;
  std::string format;  ///< empty: by the output's name
  std::string output;
  std::size_t slowest = 0;
  bool merge = false;
  bool final = false;
};

const std::map<std::string, Format> kFormats = {
    {"text", Format::kText}, {"summary", Format::kSummary},   {"json", Format::kJson},
    {"html", Format::kHtml}, {"perfetto", Format::kPerfetto}, {"markdown", Format::kMarkdown}};

Report merged(const std::vector<std::string>& files) {
  std::vector<report::Named> reports;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::error_code error;
    for (std::size_t j = 0; j < i; ++j) {
      if (std::filesystem::equivalent(files[i], files[j], error)) {
        throw report::Error(files[i] + ": the same file twice; name each shard's report once");
      }
    }
    reports.push_back({files[i], report::read_file(files[i])});
  }
  return report::merge(std::move(reports));
}

void show(const ReportOptions& options) {
  if (options.files.size() > 1 && !options.merge) {
    throw report::Error("these are several reports; add --merge to make one of them");
  }
  if (options.files.empty() && options.merge) {
    throw report::Error("--merge of no reports; name them");
  }
  // Before the work, so that a name that makes no sense is told at once.
  std::optional<Format> format;
  if (!options.format.empty()) {
    format = kFormats.at(options.format);
  } else if (!options.output.empty()) {
    format = report::format_of(options.output);
  }

  const Report report = options.merge           ? merged(options.files)
                        : options.files.empty() ? report_of_running_session()
                                                : report::read_file(options.files.front());
  if (!options.output.empty()) {
    report::write_report(report, options.output, format);
    return;
  }
  std::ostringstream text;
  if (options.slowest != 0) {
    for (const report::Process* const process : report::slowest(report, options.slowest)) {
      text << report::slowest_text(*process) << '\n';
    }
  } else {
    report::write(text, report, format.value_or(Format::kText));
  }
  print(text.str());
  if (options.final) say_summary_is_told(report);
}

}  // namespace

void add_report(CLI::App& app, Outcome& outcome) {
  CLI::App* const command =
      app.add_subcommand("report", "Show what happened in a session, and what was lost");
  auto options = std::make_shared<ReportOptions>();
  std::vector<std::string> names;
  names.reserve(kFormats.size());
  for (const auto& [name, format] : kFormats) names.push_back(name);
  command->add_option(
      "file", options->files,
      "A report that `covenv run --report FILE.json` wrote, - for standard input; without one, the "
      "session below which this is called, as far as it has come");
  CLI::Option* const form = command
                                ->add_option("--format", options->format,
                                             "By default, as the output's name ends, or text")
                                ->check(one_of(names))
                                ->type_name("FORMAT");
  CLI::Option* const output =
      command
          ->add_option("-o,--output", options->output, "Write to this file, not to standard output")
          ->type_name("FILE");
  command
      ->add_option("--slowest", options->slowest,
                   "Only the N processes that took longest, with their tests")
      ->check(CLI::PositiveNumber.description(""))
      ->excludes(form)
      ->excludes(output)
      ->type_name("N");
  command->add_flag("--merge", options->merge, "Make one report of several shards'");
  command->add_flag("--final", options->final,
                    "Of the session below which this is called: `covenv run` then says nothing at "
                    "its end, unless more is lost");
  command->footer(
      "Examples:\n"
      "  covenv report out.json\n"
      "  covenv report out.json --output out.html\n"
      "  covenv report out.json --slowest 10\n"
      "  covenv report out.json --format markdown >>\"$GITHUB_STEP_SUMMARY\"\n"
      "  covenv report --merge shard-*.json --output all.html\n"
      "  covenv report out.json --output out.perfetto.json   # for ui.perfetto.dev");
  command->callback([options, &outcome] {
    show(*options);
    outcome.status = 0;
  });
}

}  // namespace covenv
