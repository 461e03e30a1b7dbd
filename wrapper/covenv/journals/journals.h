// SPDX-License-Identifier: MIT
// Finds journals, and makes data files of them by shim/python/salvage.py, which coverage's own
// Python runs, because that knows the format of its data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace covenv {

/// The header of a journal, whose file is private to this user, and of our version. The strings are
/// as the process wrote them.
struct JournalFileInfo {
  std::string path;
  int pid = 0;
  std::string run;
  std::string data_file;
  std::string executable;
  std::string home;
};

/// The folder for journals that COVENV_JOURNAL names, else /dev/shm.
std::string journal_folder();

/// The journals in a folder, by name. Files that are no journal of this user's are left out.
std::vector<JournalFileInfo> find_journals(const std::string& folder);

/// What became of a journal.
struct Salvaged {
  int pid = 0;
  std::int64_t dropped = 0;  ///< words that it had no room for
  bool has_values = true;    ///< a line that coverage measures has run
  std::string file;          ///< the data file; empty: another journal's file has the data
  std::string problem;       ///< why there is no data file; empty: there is one
};

/// Makes data files of journals whose processes have ended, and removes those journals. Journals of
/// running processes are left alone. `fallback`: the folder for data whose own folder is not there;
/// empty: such a journal is a problem.
std::vector<Salvaged> salvage(const std::vector<JournalFileInfo>& journals,
                              const std::string& fallback);

/// Removes the compiled code of a run that has ended, because its process may have been killed, and
/// of runs whose sessions are gone.
void remove_code_files(const std::string& run);

}  // namespace covenv
