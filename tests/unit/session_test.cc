// SPDX-License-Identifier: MIT
#include "wrapper/common/session.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "shim/session/recorder.h"

namespace covenv {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string path_of(const std::string& name) { return kSessionFolder + name; }

void join(const std::string& name) {
  const std::string entry = "COVENV_SESSION=" + name;
  const char* const environment[] = {"PATH=/bin", entry.c_str(), nullptr};
  join_session(environment);
}

/// Runs `run` in a forked child that has joined the session.
template <typename Run>
void in_child(const Session& session, Run run) {
  const pid_t child = fork();
  if (child == 0) {
    join(session.name());
    run();
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
}

/// Maps a session into this process, for another process to write into it.
SessionHeader* map(const Session& session) {
  const int fd = open(path_of(session.name()).c_str(), O_RDWR | O_CLOEXEC);
  struct stat file = {};
  fstat(fd, &file);
  void* const memory = mmap(nullptr, static_cast<std::size_t>(file.st_size), PROT_READ | PROT_WRITE,
                            MAP_SHARED, fd, 0);
  close(fd);
  return static_cast<SessionHeader*>(memory);
}

SessionRecord* records_of(SessionHeader* header) {
  return reinterpret_cast<SessionRecord*>(reinterpret_cast<char*>(header) + kSessionRecords);
}

template <typename E>
const E& as(const RecordedEvent& event) {
  return std::get<E>(event.event);
}

TEST(Session, IsPrivateToTheUser) {
  const Session session;
  struct stat file = {};
  ASSERT_EQ(stat(path_of(session.name()).c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777U, 0600U);
  EXPECT_EQ(file.st_uid, geteuid());
}

TEST(Session, HasANameOfItsOwn) {
  const Session one;
  const Session other;
  EXPECT_NE(one.name(), other.name());
}

TEST(Session, IsRemovedAtItsEnd) {
  std::string path;
  {
    const Session session;
    path = path_of(session.name());
  }
  EXPECT_EQ(access(path.c_str(), F_OK), -1);
}

TEST(Session, HoldsWhatIsRecorded) {
  const Session session;
  in_child(session, [] {
    record_loaded(nullptr, nullptr);
    record_reaped(4242, 0x300);
  });
  const std::vector<RecordedEvent> events = session.events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(as<LoadedEvent>(events[0]).parent, getpid());
  EXPECT_FALSE(events[0].text.empty());
  EXPECT_EQ(events[1].pid, 4242);
  EXPECT_EQ(as<ReapedEvent>(events[1]).status, 0x300);
  EXPECT_GE(events[1].when, events[0].when);
}

TEST(Session, AnEventIsReadAsItWasRecorded) {
  const Session session;
  in_child(session, [] {
    record_measured(MeasuredWith::kJournal);
    record_unmeasured(WhyUnmeasured::kStopped);
    record_kept(1, KeptAs::kErased, 7, true);
    record_saved(SaveReason::kItself, SaveResult::kFailed, SIGTERM, 5, true);
    record_killed(2, EndingKind::kSaveHere, SIGABRT, 6, true);
    record_wrapped(3, 8);
  });
  const std::vector<RecordedEvent> events = session.events();
  ASSERT_THAT(events, SizeIs(6));
  EXPECT_EQ(as<MeasuredEvent>(events[0]).parent, getpid());
  EXPECT_EQ(as<MeasuredEvent>(events[0]).with, MeasuredWith::kJournal);
  EXPECT_EQ(as<UnmeasuredEvent>(events[1]).why, WhyUnmeasured::kStopped);
  const auto& kept = as<KeptEvent>(events[2]);
  EXPECT_EQ(kept.by, events[0].pid);
  EXPECT_EQ(kept.as, KeptAs::kErased);
  EXPECT_EQ(kept.dropped, 7U);
  EXPECT_TRUE(kept.is_without_source);
  const auto& saved = as<SavedEvent>(events[3]);
  EXPECT_EQ(saved.reason, SaveReason::kItself);
  EXPECT_EQ(saved.result, SaveResult::kFailed);
  EXPECT_EQ(saved.signal, SIGTERM);
  EXPECT_EQ(saved.took, 5);
  EXPECT_TRUE(saved.is_without_source);
  const auto& killed = as<KilledEvent>(events[4]);
  EXPECT_EQ(killed.by, events[0].pid);
  EXPECT_EQ(killed.how, EndingKind::kSaveHere);
  EXPECT_EQ(killed.signal, SIGABRT);
  EXPECT_EQ(killed.took, 6);
  EXPECT_TRUE(killed.in_time);
  const auto& wrapped = as<WrappedEvent>(events[5]);
  EXPECT_EQ(wrapped.parent, getpid());
  EXPECT_EQ(wrapped.command, 3);
  EXPECT_EQ(wrapped.grace, 8);
}

TEST(Session, AnEventOfNoKnownKindIsLeftOut) {
  const Session session;
  in_child(session, [] { record_reaped(7, 0); });
  records_of(map(session))->kind = static_cast<Event>(200);
  EXPECT_THAT(session.events(), IsEmpty());
}

TEST(Session, TellsArgumentsAsProcDoes) {
  const Session session;
  in_child(session, [] {
    const char* const arguments[] = {"cmd", "", "two words", nullptr};
    record_loaded(nullptr, arguments);
    const std::string long_one(300, 'x');
    const char* const too_long[] = {"cmd", long_one.c_str(), "unseen", nullptr};
    record_loaded(nullptr, too_long);
  });
  const std::vector<RecordedEvent> events = session.events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_THAT(events[0].text, ElementsAre("cmd", "", "two words"));
  EXPECT_FALSE(events[0].is_text_cut);
  ASSERT_THAT(events[1].text, SizeIs(2));
  EXPECT_EQ(events[1].text[1], std::string(events[1].text[1].size(), 'x'));
  EXPECT_TRUE(events[1].is_text_cut);
}

TEST(Session, AnExecThatFailedLeavesNoEvent) {
  const Session session;
  in_child(session, [] {
    Carried carried;
    const Preload preload;
    const EnvironmentPlan plan(nullptr, carried, preload);
    ExecRecord record({"/bin/true", Image::kDynamic, true, carried, plan});
    record.withdraw();
  });
  EXPECT_THAT(session.events(), IsEmpty());
}

TEST(Session, NamesWhatWasRestored) {
  const Session session;
  in_child(session, [] {
    Carried carried;
    carried.add("COV_ONE=1");
    carried.add("COV_TWO=2");
    const char* const child[] = {"COV_ONE=x", nullptr};
    const Preload preload;
    const EnvironmentPlan plan(child, carried, preload);
    record_spawned(17, {"/bin/true", Image::kStatic, false, carried, plan});
  });
  const std::vector<RecordedEvent> events = session.events();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_THAT(events[0].text, ElementsAre("/bin/true", "COV_TWO"));
  EXPECT_EQ(as<SpawnedEvent>(events[0]).program.image, Image::kStatic);
}

TEST(Session, TextThatIsTooLongIsCut) {
  const Session session;
  in_child(session, [] {
    Carried carried;
    const Preload preload;
    const EnvironmentPlan plan(nullptr, carried, preload);
    record_spawned(17, {std::string(500, 'x').c_str(), Image::kDynamic, true, carried, plan});
  });
  const std::vector<RecordedEvent> events = session.events();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_TRUE(as<SpawnedEvent>(events[0]).program.is_preloaded);
  EXPECT_TRUE(events[0].is_text_cut);
  EXPECT_EQ(events[0].text[0], std::string(sizeof(SessionRecord::text) - 1, 'x'));
}

TEST(Session, WhatHasNoRoomIsCounted) {
  Session session(kSessionRecords + 10 * sizeof(SessionRecord));
  in_child(session, [] {
    for (int i = 1; i <= 25; ++i) record_reaped(i, 0);
  });
  EXPECT_THAT(session.events(), SizeIs(10));
  EXPECT_EQ(session.dropped(), 15U);
  EXPECT_FALSE(session.make_room());
}

TEST(Session, WhatHadNoRoomStaysCountedWhenThereIsRoom) {
  Session session(std::uint64_t{2} << 20U);
  const std::uint64_t capacity = map(session)->capacity;
  in_child(session, [capacity] {
    for (std::uint64_t i = 0; i < capacity + 25; ++i) record_reaped(7, 0);
  });
  EXPECT_TRUE(session.make_room());
  EXPECT_EQ(session.dropped(), 25U);
  in_child(session, [] { record_reaped(8, 0); });
  EXPECT_EQ(session.events().at(capacity).pid, 8);
}

TEST(Session, MakesRoomAheadOfItsWriters) {
  Session session(std::uint64_t{4} << 20U);
  for (int part = 0; part < 4; ++part) {
    in_child(session, [] {
      for (int i = 1; i <= 3000; ++i) record_reaped(i, 0);
    });
    EXPECT_TRUE(session.make_room());
  }
  EXPECT_EQ(session.dropped(), 0U);
  EXPECT_THAT(session.events(), SizeIs(12000));
}

TEST(Session, ManyWritersLoseNothing) {
  constexpr int kWriters = 8;
  constexpr int kEach = 500;
  Session session;
  join(session.name());
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([writer] {
      for (int i = 0; i < kEach; ++i) record_reaped(writer * kEach + i + 1, writer);
    });
  }
  for (std::thread& writer : writers) writer.join();
  std::vector<bool> seen(kWriters * kEach);
  for (const RecordedEvent& event : session.events()) {
    EXPECT_EQ(as<ReapedEvent>(event).status, (event.pid - 1) / kEach);
    seen[static_cast<std::size_t>(event.pid - 1)] = true;
  }
  EXPECT_THAT(seen, testing::Each(true));
}

[[noreturn]] void write_for_ever(const std::string& name) {
  join(name);
  Carried carried;
  const Preload preload;
  const EnvironmentPlan plan(nullptr, carried, preload);
  for (int i = 1;; ++i) {
    record_reaped(i, i ^ 0x5555);
    ExecRecord exec({"/bin/true", Image::kDynamic, true, carried, plan});
    exec.withdraw();
  }
}

bool is_right(const RecordedEvent& event) {
  const auto* const reaped = std::get_if<ReapedEvent>(&event.event);
  if (reaped != nullptr) return reaped->status == (event.pid ^ 0x5555);
  return std::holds_alternative<ExecEvent>(event.event) &&
         event.text == std::vector<std::string>{"/bin/true"};
}

struct Count {
  std::uint64_t whole = 0;
  std::uint64_t withdrawn = 0;
  std::uint64_t torn = 0;
};

Count count(const Session& session) {
  Count count;
  const SessionRecord* const records = records_of(map(session));
  for (std::uint64_t i = 0; i < session.claimed(); ++i) {
    const std::uint32_t state = records[i].state.load();
    count.whole += state == SessionRecord::kWhole ? 1U : 0U;
    count.withdrawn += state == SessionRecord::kWithdrawn ? 1U : 0U;
    count.torn += state == 0 ? 1U : 0U;
  }
  return count;
}

/// A writer that is killed at any instruction leaves whole records, withdrawn records, and at most
/// one torn record, which no reader sees.
TEST(Session, SurvivesWritersThatAreKilled) {
  constexpr int kSessions = 50;
  constexpr std::uint64_t kWriters = 20;
  std::uint64_t torn = 0;
  for (int i = 0; i < kSessions; ++i) {
    Session session(std::uint64_t{4} << 20U);
    for (std::uint64_t writer = 0; writer < kWriters; ++writer) {
      const pid_t child = fork();
      if (child == 0) write_for_ever(session.name());
      // The kill hits a random instruction of a write.
      const std::uint64_t enough = session.claimed() + 1 + writer % 7;
      while (session.claimed() < enough && session.dropped() == 0) sched_yield();
      kill(child, SIGKILL);
      ASSERT_EQ(waitpid(child, nullptr, 0), child);
      session.make_room();
    }
    const Count found = count(session);
    const std::vector<RecordedEvent> events = session.events();
    EXPECT_EQ(events.size(), found.whole);
    EXPECT_EQ(found.whole + found.withdrawn + found.torn, session.claimed());
    EXPECT_LE(found.torn, kWriters);
    EXPECT_TRUE(std::all_of(events.begin(), events.end(), is_right));
    torn += found.torn;
  }
  RecordProperty("torn", static_cast<int>(torn));
}

TEST(Session, AHeaderThatIsOverwrittenLeadsNoWriterAstray) {
  const Session session(kSessionRecords + 10 * sizeof(SessionRecord));
  SessionHeader* const header = map(session);
  join(session.name());
  header->capacity = UINT64_MAX / 2;
  header->claimed = std::uint64_t{1} << 40U;
  record_measured(MeasuredWith::kSaver);  // a write beyond the memory would end this process
  EXPECT_THAT(session.events(), IsEmpty());
}

TEST(Session, ARecordThatIsNoneYetLeadsNoWriterAstray) {
  const Session session;
  records_of(map(session))->text_size = UINT16_MAX;
  in_child(session, [] {
    Carried carried;
    const Preload preload;
    const EnvironmentPlan plan(nullptr, carried, preload);
    record_spawned(17, {"/bin/true", Image::kDynamic, true, carried, plan});
  });
  const std::vector<RecordedEvent> events = session.events();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_THAT(events[0].text, ElementsAre("/bin/true"));
}

TEST(Session, ItsReaderBelievesNoCapacityThatIsNotThere) {
  const Session session(kSessionRecords + 10 * sizeof(SessionRecord));
  SessionHeader* const header = map(session);
  header->capacity = UINT64_MAX;
  header->claimed = UINT64_MAX;
  EXPECT_THAT(SessionReader(session.name()).events(), IsEmpty());
}

TEST(Session, AnotherOneLeavesItAloneWhileItsMakerLives) {
  const Session first;
  const Session second;
  EXPECT_NO_THROW(SessionReader{first.name()});
}

TEST(Session, KnowsWhichSummaryHasBeenShown) {
  const Session session;
  EXPECT_EQ(session.told(), 0);
  SessionReader::say_told(session.name(), 7);
  EXPECT_EQ(session.told(), 7);
}

TEST(Session, AWriterWithoutAClockWasThereFromTheStart) {
  const Session session;
  in_child(session, [] { record_measured(MeasuredWith::kSaver); });
  records_of(map(session))->when = -ENOSYS;
  EXPECT_EQ(session.events().at(0).when, 0);
}

class Intruder : public testing::Test {
 protected:
  /// True if a process with this session in its environment writes into the session.
  bool is_joined() {
    const std::uint64_t before = session_.claimed();
    in_child(session_, [] { record_measured(MeasuredWith::kSaver); });
    return session_.claimed() != before;
  }

  bool can_be_read() const {
    try {
      const SessionReader reader(session_.name());
      return true;
    } catch (const std::exception&) {
      return false;
    }
  }

  SessionHeader* map() const { return covenv::map(session_); }

  Session session_;
};

TEST_F(Intruder, AWholeSessionIsJoined) { EXPECT_TRUE(is_joined()); }

TEST_F(Intruder, OneThatOthersCanReadIsNotJoined) {
  chmod(path_of(session_.name()).c_str(), 0640);
  EXPECT_FALSE(is_joined());
}

TEST_F(Intruder, OneOfAnotherUserIsNotJoined) {
  ASSERT_EQ(chown(path_of(session_.name()).c_str(), 65534, 65534), 0)
      << "only root can give a file away";
  EXPECT_FALSE(is_joined());
}

TEST_F(Intruder, OneOfAnotherVersionIsNeitherJoinedNorRead) {
  EXPECT_TRUE(can_be_read());
  map()->version = kSessionVersion + 1;
  EXPECT_FALSE(is_joined());
  EXPECT_FALSE(can_be_read());
}

TEST_F(Intruder, OneOfAnotherSizeIsNeitherJoinedNorRead) {
  map()->size += 4096;
  EXPECT_FALSE(is_joined());
  EXPECT_FALSE(can_be_read());
}

TEST_F(Intruder, OneThatWasTruncatedIsNeitherJoinedNorRead) {
  for (const off_t size : {off_t{0}, off_t{100}, static_cast<off_t>(kSessionRecords)}) {
    ASSERT_EQ(truncate(path_of(session_.name()).c_str(), size), 0);
    in_child(session_, [] { record_measured(MeasuredWith::kSaver); });
    EXPECT_FALSE(can_be_read());
  }
  // The test ends here, because its own mapping may not be touched any more.
}

TEST_F(Intruder, OneThatClaimsMoreRoomThanItHasIsNotJoined) {
  map()->capacity = 1U << 30U;
  EXPECT_FALSE(is_joined());
}

TEST_F(Intruder, ALinkIsNotFollowed) {
  const std::string link = session_.name() + "-link";
  ASSERT_EQ(symlink(path_of(session_.name()).c_str(), path_of(link).c_str()), 0);
  const std::uint64_t before = session_.claimed();
  const pid_t child = fork();
  if (child == 0) {
    join(link);
    record_measured(MeasuredWith::kSaver);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  unlink(path_of(link).c_str());
  EXPECT_EQ(session_.claimed(), before);
}

TEST(SessionName, ThatLeadsElsewhereIsNotOpened) {
  for (const char* const name : {"", "..", "../tmp/x", "no-such-session", "/etc/passwd"}) {
    join(name);
    record_measured(MeasuredWith::kSaver);  // does nothing, and does not crash
  }
}

}  // namespace
}  // namespace covenv
