// SPDX-License-Identifier: MIT
// The file of one journal, for the process that writes it. No descriptor stays open. Each function
// is to be called with the GIL held, so that there is one writer at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "shim/core/journal_words.h"
#include "shim/session/journal_layout.h"

namespace covenv {

/// Fields of the header. The views need not outlive the call.
struct JournalIdentity {
  std::string_view key;  ///< 16 digits that stand for the data file in the journal's name
  std::string_view run;
  std::string_view data_file;
  std::string_view executable;
  std::string_view home;
};

/// The text of an entry, in pieces.
using JournalText = std::span<const std::string_view>;

class JournalFile {
 public:
  constexpr JournalFile() = default;

  /// Makes the file, private to this user, with these entries and with a name that cannot be
  /// guessed. The file gets its name last, when it is a whole journal. Returns false, and leaves no
  /// file, if the folder has no room or cannot be written, or if a limit of the process forbids it.
  bool open(std::string_view folder, const JournalIdentity& identity, JournalText about,
            JournalText context);

  bool is_open() const { return header_ != nullptr; }

  /// Appends one word. If there is no room, counts the word as dropped and returns false.
  bool append(JournalWord word);
  /// Appends an entry, whole or not at all.
  bool append(JournalEntry kind, JournalText text);

  /// Takes room for `bytes`, and then makes no system call to grow until allow_growth().
  void reserve(std::size_t bytes);
  void allow_growth() { is_fixed_ = false; }

  /// To be called when all that had no room has been written after all.
  void forget_drops();

  /// Removes the file, because its content is elsewhere.
  void remove();
  /// Unmaps the file, which stays. For a forked child, which has its parent's file.
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
  Piece piece_ = {};  ///< the mapped piece that is written to, unless the header's is
  std::size_t header_size_ = 0;
  /// The file may not grow. Zero at first as all members, because .data is written by each start.
  bool is_fixed_ = false;
  char path_[kMaxPath] = {};
};

}  // namespace covenv
