// SPDX-License-Identifier: MIT
// The file of one journal, from the side of the process that writes it. No descriptor stays open.
// Every function is to be called with CPython's lock held: there is one writer at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "shim/core/journal_words.h"
#include "shim/session/journal_layout.h"

namespace covenv {

/// What the header says. Views need not outlive the call.
struct JournalIdentity {
  std::string_view key;  ///< 16 digits for the data file, in the file's name
  std::string_view run;
  std::string_view data_file;
  std::string_view executable;
  std::string_view home;
};

/// Text of an entry, in up to three pieces.
using JournalText = std::span<const std::string_view>;

class JournalFile {
 public:
  constexpr JournalFile() = default;

  /// Makes the file, private to this user, of an unguessable name, with these entries in it.
  /// False if the folder has no room or cannot be written, or a limit of the process's forbids it;
  /// nothing is left then. The file gets its name last, when it is a whole journal.
  bool open(std::string_view folder, const JournalIdentity& identity, JournalText about,
            JournalText context);

  bool is_open() const { return header_ != nullptr; }

  /// Appends one word. False, and counted, if there is no room for it.
  bool append(JournalWord word);
  /// Appends an entry, whole or not at all.
  bool append(JournalEntry kind, JournalText text);

  /// Takes room for that many bytes ahead and no more afterwards, until allow_growth(): the process
  /// may make no system call.
  void reserve(std::size_t bytes);
  void allow_growth() { is_fixed_ = false; }

  /// What had no room has been written after all.
  void forget_drops();

  /// Removes the file: what was in it is elsewhere.
  void remove();
  /// Lets go of the file, which stays: a forked child has its parent's.
  void abandon();

 private:
  struct Piece {
    void* address;
    std::size_t size;
  };

  bool make_room(std::size_t words);
  bool grow(std::size_t bytes);
  bool start(int fd, const JournalIdentity& identity, JournalText about, JournalText context);
  bool give_name(int fd) const;
  void unmap_piece();

  static constexpr std::size_t kMaxPath = 256;

  JournalHeader* header_ = nullptr;
  JournalWord* next_ = nullptr;
  JournalWord* end_ = nullptr;
  std::uint64_t used_ = 0;
  std::size_t file_size_ = 0;
  std::size_t next_piece_ = 0;
  std::uint64_t inode_ = 0;
  Piece piece_ = {};  ///< what is written to, unless that is still the header's
  std::size_t header_size_ = 0;
  bool is_fixed_ =
      false;  ///< it may not grow; zero as all of it is: .data is a page that each start writes
  char path_[kMaxPath] = {};
};

}  // namespace covenv
