// SPDX-License-Identifier: MIT
// A session, from the side of the wrapper: the memory that the processes below write into.
#pragma once

#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "shim/session/session_layout.h"

namespace covenv {

using AnyEvent =
    std::variant<LoadedEvent, ExecEvent, SpawnedEvent, MeasuredEvent, SavingEvent, SavedEvent,
                 KilledEvent, ReapedEvent, WrappedEvent, KeptEvent, UnmeasuredEvent, CountersEvent,
                 TestEvent, WorkerEvent, BroughtEvent, GainedEvent>;

/// One event of the process `pid`, whole.
struct RecordedEvent {
  AnyEvent event;
  int pid = 0;
  std::int64_t when = 0;  ///< nanoseconds since the session's start
  std::vector<std::string> text = {};
  bool is_text_cut = false;
  std::uint64_t number = 0;  ///< of its record, by which other events name it
};

/// A session, to be read.
class SessionReader {
 public:
  /// Says to the maker of the session of this name which summary has been shown, by a number that
  /// is not 0. Throws as the constructor does.
  static void say_told(const std::string& name, std::uint32_t summary);

  /// The session of this name. Throws boost::interprocess::interprocess_exception if there is none,
  /// std::runtime_error if it is another user's, or another version's.
  explicit SessionReader(const std::string& name);

  /// The events from the `from`th to before the `to`th. Leaves out those that are not whole yet, or
  /// were withdrawn.
  std::vector<RecordedEvent> events(std::uint64_t from = 0, std::uint64_t to = UINT64_MAX) const;

  /// What say_told() has said last; 0: nothing.
  std::uint32_t told() const { return header().summary.load(); }

  /// The process that has made the session.
  pid_t maker() const { return header().maker; }

  /// How many events have been claimed so far.
  std::uint64_t claimed() const;
  /// How many events had no room.
  std::uint64_t dropped() const;

  /// Nanoseconds since the session was made.
  std::int64_t age() const;

 protected:
  SessionReader() = default;
  SessionHeader& header() const { return *static_cast<SessionHeader*>(region_.get_address()); }

  boost::interprocess::mapped_region region_;

 private:
  const SessionRecord* records() const;
};

/// A new session, private to this user, with an unguessable name. Removed with this object; if this
/// process is killed, the guard, which knows the name, removes it; if the guards are killed as
/// well, the next session of this user does.
class Session : public SessionReader {
 public:
  static constexpr std::uint64_t kDefaultSize = std::uint64_t{16} << 20U;

  /// `size` bytes, of which memory is taken as needed. Throws
  /// boost::interprocess::interprocess_exception if there is no shared memory.
  explicit Session(std::uint64_t size = kDefaultSize);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// What COVENV_SESSION has to say.
  const std::string& name() const { return name_; }

  /// What the processes below ask.
  CountersMailbox& counters() { return header().counters; }

  /// Takes memory ahead of the writers. To be called from time to time; false if there is no more
  /// memory.
  bool make_room();

 private:
  std::string name_;
  boost::interprocess::shared_memory_object memory_;
};

}  // namespace covenv
