// SPDX-License-Identifier: MIT
#include "wrapper/session.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "recorder.h"

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

/// What a process that is forked into the session records there.
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
    record_loaded(nullptr);
    record_reaped(4242, 0x300);
  });
  const std::vector<RecordedEvent> events = session.events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].kind, Event::kLoaded);
  EXPECT_EQ(events[0].other, getpid());
  EXPECT_FALSE(events[0].text.empty());
  EXPECT_EQ(events[1].kind, Event::kReaped);
  EXPECT_EQ(events[1].pid, 4242);
  EXPECT_EQ(events[1].value, 0x300);
  EXPECT_GE(events[1].when, events[0].when);
}

TEST(Session, TellsArgumentsAsProcDoes) {
  const Session session;
  in_child(session, [] {
    const char* const arguments[] = {"cmd", "", "two words", nullptr};
    record_loaded(arguments);
    const std::string long_one(300, 'x');
    const char* const too_long[] = {"cmd", long_one.c_str(), "unseen", nullptr};
    record_loaded(too_long);
  });
  const std::vector<RecordedEvent> events = session.events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_THAT(events[0].text, ElementsAre("cmd", "", "two words"));
  EXPECT_EQ(events[0].flags & kTextCut, 0);
  ASSERT_THAT(events[1].text, SizeIs(2));
  EXPECT_EQ(events[1].text[1], std::string(events[1].text[1].size(), 'x'));
  EXPECT_NE(events[1].flags & kTextCut, 0);
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
  EXPECT_EQ(events[0].detail, static_cast<int>(Image::kStatic));
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
  EXPECT_EQ(events[0].flags, kPreloaded | kTextCut);
  EXPECT_EQ(events[0].text[0], std::string(sizeof(SessionRecord::text) - 1, 'x'));
}

TEST(Session, WhatHasNoRoomIsCounted) {
  Session session(kSessionRecords + 10 * sizeof(SessionRecord));
  in_child(session, [] {
    for (int i = 0; i < 25; ++i) record_reaped(i, 0);
  });
  EXPECT_THAT(session.events(), SizeIs(10));
  EXPECT_EQ(session.dropped(), 15U);
  EXPECT_FALSE(session.make_room());
}

TEST(Session, MakesRoomAheadOfItsWriters) {
  Session session(std::uint64_t{4} << 20U);
  for (int part = 0; part < 4; ++part) {
    in_child(session, [] {
      for (int i = 0; i < 3000; ++i) record_reaped(i, 0);
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
      for (int i = 0; i < kEach; ++i) record_reaped(writer * kEach + i, writer);
    });
  }
  for (std::thread& writer : writers) writer.join();
  std::vector<bool> seen(kWriters * kEach);
  for (const RecordedEvent& event : session.events()) {
    EXPECT_EQ(event.value, event.pid / kEach);
    seen[static_cast<std::size_t>(event.pid)] = true;
  }
  EXPECT_THAT(seen, testing::Each(true));
}

/// Killed at any moment, a writer leaves whole records and none that is not.
TEST(Session, SurvivesWritersThatAreKilled) {
  Session session;
  for (int round = 0; round < 50; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      join(session.name());
      for (int i = 1;; ++i) record_reaped(i, i ^ 0x5555);
    }
    while (session.claimed() < static_cast<std::uint64_t>(round + 1) * 20) usleep(50);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    if (session.claimed() > 40000) break;
  }
  for (const RecordedEvent& event : session.events()) EXPECT_EQ(event.value, event.pid ^ 0x5555);
}

class Intruder : public testing::Test {
 protected:
  /// Whether a process that is told of this session writes into it.
  bool is_joined() {
    const std::uint64_t before = session_.claimed();
    in_child(session_, [] { record_armed(); });
    return session_.claimed() != before;
  }

  SessionHeader* map() {
    const int fd = open(path_of(session_.name()).c_str(), O_RDWR | O_CLOEXEC);
    void* const memory = mmap(nullptr, kSessionRecords, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return static_cast<SessionHeader*>(memory);
  }

  Session session_;
};

TEST_F(Intruder, AWholeSessionIsJoined) { EXPECT_TRUE(is_joined()); }

TEST_F(Intruder, OneThatOthersCanReadIsNotJoined) {
  chmod(path_of(session_.name()).c_str(), 0640);
  EXPECT_FALSE(is_joined());
}

TEST_F(Intruder, OneOfAnotherUserIsNotJoined) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(chown(path_of(session_.name()).c_str(), 65534, 65534), 0);
  EXPECT_FALSE(is_joined());
}

TEST_F(Intruder, OneOfAnotherVersionIsNotJoined) {
  map()->version = kSessionVersion + 1;
  EXPECT_FALSE(is_joined());
}

TEST_F(Intruder, OneOfAnotherSizeIsNotJoined) {
  map()->size += 4096;
  EXPECT_FALSE(is_joined());
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
    record_armed();
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  unlink(path_of(link).c_str());
  EXPECT_EQ(session_.claimed(), before);
}

TEST(SessionName, ThatLeadsElsewhereIsNotOpened) {
  for (const char* const name : {"", "..", "../tmp/x", "no-such-session", "/etc/passwd"}) {
    join(name);
    record_armed();  // nothing happens, nothing crashes
  }
}

}  // namespace
}  // namespace covenv
