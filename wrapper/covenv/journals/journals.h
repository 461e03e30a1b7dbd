// SPDX-License-Identifier: MIT
// Journals, from the side of the wrapper: which there are, and how they become data files. Their
// words are read by coverage's own Python (shim/python/salvage.py), which knows its format.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace covenv {

/// What the header of a journal says. The file is private to this user, and of our version; the
/// strings are what its process wrote.
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

/// Those in a folder, by name. What is no journal of this user's is left out.
std::vector<JournalFileInfo> find_journals(const std::string& folder);

/// What became of a journal.
struct Salvaged {
  int pid = 0;
  std::int64_t dropped = 0;  ///< words that it had no room for
  bool has_values = true;    ///< a line that coverage measures had run
  std::string file;          ///< the data file; empty: another journal's file has it
  std::string problem;       ///< why there is no data file; empty: there is one
};

/// Makes data files of journals whose processes have ended, and removes those. Journals of
/// processes that run are left alone. `fallback`: the folder for data whose own folder is not
/// there; empty: such a journal is a problem.
std::vector<Salvaged> salvage(const std::vector<JournalFileInfo>& journals,
                              const std::string& fallback);

}  // namespace covenv
