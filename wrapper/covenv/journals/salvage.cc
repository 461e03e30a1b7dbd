// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "wrapper/common/message.h"
#include "wrapper/covenv/cli/command.h"
#include "wrapper/covenv/cli/exit_codes.h"
#include "wrapper/covenv/journals/journals.h"

namespace covenv {
namespace {

/// Whether all of them became data.
bool run(const std::string& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    std::cerr << "covenv: " << folder
              << " is no folder; name the one that COVENV_JOURNAL named in the run\n";
    return false;
  }
  const std::vector<JournalFileInfo> journals = find_journals(folder);
  const std::vector<Salvaged> results = salvage(journals, std::filesystem::current_path());
  int kept = 0;
  std::string files;
  bool all = true;
  for (const Salvaged& result : results) {
    if (!result.problem.empty()) {
      all = false;
      std::cerr << "covenv: the journal of process " << result.pid
                << " is left as it is: " << result.problem << '\n';
      continue;
    }
    ++kept;
    if (!result.file.empty()) files += result.file + "\n";
    if (result.dropped != 0) {
      std::cerr << "covenv: the journal of process " << result.pid << " had no room for "
                << result.dropped << " words: what it ran after that is lost\n";
    }
  }
  std::cerr << "covenv: " << journals.size()
            << (journals.size() == 1 ? " journal in " : " journals in ") << folder << ", " << kept
            << " became data\n";
  print(files);
  return all;
}

}  // namespace

void add_salvage(CLI::App& app, Outcome& outcome) {
  CLI::App* const salvage_app = app.add_subcommand(
      "salvage", "Make data files of journals that a killed run has left, and print their names");
  const auto folder = std::make_shared<std::string>();
  salvage_app
      ->add_option("folder", *folder,
                   "Where the journals are; default: the folder of COVENV_JOURNAL, else "
                   "/dev/shm")
      ->type_name("DIR");
  salvage_app->footer(
      "Each data file is written beside those of its run; if that folder is not there, into the "
      "current\none. Journals of processes that still run are left alone.\n\nExit status: 0, or "
      "125 if a journal could not become data.");
  salvage_app->callback([folder, &outcome] {
    outcome.status = run(folder->empty() ? journal_folder() : *folder) ? 0 : kExitFailure;
  });
}

}  // namespace covenv
