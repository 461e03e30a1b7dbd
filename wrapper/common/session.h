// SPDX-License-Identifier: MIT
// A session, from the side of the wrapper: the memory that the processes below write into.
#pragma once

#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "shim/session_layout.h"

namespace covenv {

/// One event, whole.
struct RecordedEvent {
  Event kind = Event::kNone;
  int detail = 0;
  unsigned flags = 0;
  int pid = 0;
  int other = 0;
  int value = 0;
  std::int64_t when = 0;  ///< nanoseconds since the session's start
  std::int64_t took = 0;
  std::vector<std::string> text;
};

/// A session as those see it who only read.
class SessionReader {
 public:
  /// The session of this name. Throws boost::interprocess::interprocess_exception where there is
  /// none, std::runtime_error where it is none of ours.
  explicit SessionReader(const std::string& name);

  /// The events from the `from`th to the `to`th, that not included, which are whole now; those that
  /// are not, or were withdrawn, are left out.
  std::vector<RecordedEvent> events(std::uint64_t from = 0, std::uint64_t to = UINT64_MAX) const;

  /// The process that has made it.
  pid_t maker() const { return header().maker; }

  /// How many have been claimed so far.
  std::uint64_t claimed() const;
  /// How many had no room.
  std::uint64_t dropped() const;

  /// Nanoseconds since it was made.
  std::int64_t age() const;

 protected:
  SessionReader() = default;
  SessionHeader& header() const { return *static_cast<SessionHeader*>(region_.get_address()); }

  boost::interprocess::mapped_region region_;

 private:
  const SessionRecord* records() const;
};

/// Private to this user, of a name that nobody guesses. Ends with this object; where the process is
/// killed, with whoever has been told name() (sigforward's guard).
class Session : public SessionReader {
 public:
  static constexpr std::uint64_t kDefaultSize = std::uint64_t{16} << 20U;

  /// `size` bytes, of which memory is taken as it is needed. Throws
  /// boost::interprocess::interprocess_exception where there is no shared memory.
  explicit Session(std::uint64_t size = kDefaultSize);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// What COVENV_SESSION has to say.
  const std::string& name() const { return name_; }

  /// Takes memory ahead of what is written. To be called from time to time; false where there is no
  /// more.
  bool make_room();

 private:
  std::string name_;
  boost::interprocess::shared_memory_object memory_;
};

}  // namespace covenv
