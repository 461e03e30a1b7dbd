// SPDX-License-Identifier: MIT
#include "shim/session/current_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <variant>
#include <vector>

#include "shim/session/recorder.h"
#include "wrapper/common/session.h"

namespace covenv {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// The environment of a child that has joined the session.
class Runner {
 public:
  explicit Runner(const Session& session) : session_("COVENV_SESSION=" + session.name()) {
    join_session(environment_);
    follow_tests_in(&live_);
  }

  void runs(const char* test) { environment_[2] = test; }
  void loses_environment() { live_ = empty_; }

 private:
  std::string session_;
  const char* environment_[4] = {session_.c_str(), "LD_PRELOAD=x.so", nullptr, nullptr};
  const char* empty_[1] = {nullptr};
  const char* const* live_ = environment_;
};

constexpr const char* kOne = "PYTEST_CURRENT_TEST=test_a.py::one (call)";
constexpr const char* kTwo = "PYTEST_CURRENT_TEST=test_a.py::two (call)";

/// Runs `run` in a forked child; its exit status is what `run` returns.
template <typename Run>
void in_child(const Session& session, Run run) {
  const pid_t child = fork();
  if (child == 0) {
    Runner runner(session);
    _exit(run(runner) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
}

/// The texts of the TestEvents.
std::vector<std::string> tests_of(const Session& session) {
  std::vector<std::string> tests;
  for (const RecordedEvent& event : session.events()) {
    if (std::holds_alternative<TestEvent>(event.event)) tests.push_back(event.text.at(0));
  }
  return tests;
}

TEST(CurrentTest, IsWrittenOnceForEachTest) {
  const Session session;
  in_child(session, [](Runner& runner) {
    runner.runs(kOne);
    const std::uint32_t one = current_test();
    const bool is_same = current_test() == one;
    runner.runs(kTwo);
    return one == 1 && is_same && current_test() == 2 && current_test() == 2;
  });
  EXPECT_THAT(tests_of(session), ElementsAre("test_a.py::one (call)", "test_a.py::two (call)"));
}

TEST(CurrentTest, IsTheChildsIfTheChildIsGivenOne) {
  const Session session;
  in_child(session, [](Runner& runner) {
    runner.runs(kOne);
    const char* const given[] = {kTwo, nullptr};
    const char* const empty[] = {nullptr};
    return current_test(given) == 1 && current_test(empty) == 2;
  });
  EXPECT_THAT(tests_of(session), ElementsAre("test_a.py::two (call)", "test_a.py::one (call)"));
}

TEST(CurrentTest, IsNoneBetweenTests) {
  const Session session;
  in_child(session, [](Runner& runner) {
    note_variable(kOne);
    runner.runs(nullptr);
    return current_test() == 0;
  });
  EXPECT_THAT(session.events(), IsEmpty());
}

TEST(CurrentTest, IsTheLastOneIfTheEnvironmentIsGone) {
  const Session session;
  in_child(session, [](Runner& runner) {
    runner.runs(kOne);
    note_variable(kOne);
    runner.runs(kTwo);
    note_variable(kTwo);
    runner.loses_environment();
    return current_test() == 1;
  });
  EXPECT_THAT(tests_of(session), ElementsAre("test_a.py::two (call)"));
}

TEST(CurrentTest, AForkedChildAndAVforkChildWriteNothingAnew) {
  const Session session;
  in_child(session, [](Runner& runner) {
    runner.runs(kOne);
    current_test();
    const pid_t forked = fork();
    if (forked == 0) _exit(current_test() == 1 ? 0 : 1);
    int status = 0;
    if (waitpid(forked, &status, 0) != forked || status != 0) return false;
    runner.runs(kTwo);
    const pid_t shared = vfork();
    if (shared == 0) _exit(current_test() == 2 ? 0 : 1);
    return waitpid(shared, &status, 0) == shared && status == 0 && current_test() == 2;
  });
  EXPECT_THAT(tests_of(session), SizeIs(2));
}

TEST(CurrentTest, ALongNameTakesSeveralRecords) {
  const Session session;
  std::string name(500, 'n');
  name += " (call)";
  in_child(session, [&](Runner& runner) {
    std::string entry = "PYTEST_CURRENT_TEST=";
    entry += name;
    runner.runs(entry.c_str());
    return current_test() == 1 && current_test() == 1;
  });
  const std::vector<RecordedEvent> events = session.events();
  ASSERT_THAT(events, SizeIs(3));
  std::string whole;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& test = std::get<TestEvent>(events[i].event);
    EXPECT_EQ(test.first, i == 0 ? 0U : 1U);
    EXPECT_EQ(test.part, i);
    EXPECT_EQ(test.parts, 3);
    EXPECT_EQ(events[i].number, i + 1);
    EXPECT_FALSE(events[i].is_text_cut);
    whole += events[i].text.at(0);
  }
  EXPECT_EQ(whole, name);
}

TEST(CurrentTest, ANameBeyondEightRecordsIsCut) {
  const Session session;
  in_child(session, [&](Runner& runner) {
    std::string entry = "PYTEST_CURRENT_TEST=";
    entry.append(100'000, 'n');
    runner.runs(entry.c_str());
    return current_test() == 1;
  });
  ASSERT_THAT(session.events(), SizeIs(8));
  EXPECT_TRUE(session.events().back().is_text_cut);
}

TEST(CurrentTest, ANameWithoutRoomIsNone) {
  const Session session(kSessionRecords + sizeof(SessionRecord));
  in_child(session, [](Runner& runner) {
    runner.runs(kOne);
    const bool is_written = current_test() == 1;
    runner.runs(kTwo);
    return is_written && current_test() == 0;
  });
  EXPECT_EQ(session.dropped(), 1U);
}

TEST(CurrentTest, StandsInTheEventsOfStartsAndKills) {
  const Session session;
  in_child(session, [](Runner& runner) {
    runner.runs(kOne);
    Carried carried;
    const Preload preload;
    const EnvironmentPlan plan(nullptr, carried, preload);
    record_spawned(17, {"/bin/true", Image::kDynamic, true, carried, plan});
    ExecRecord({"/bin/true", Image::kDynamic, true, carried, plan});
    record_killed(17, EndingKind::kPassThrough, 9);
    record_measured(MeasuredWith::kJournal);  // no constructor has run here, as in a forked child
    return true;
  });
  const std::vector<RecordedEvent> events = session.events();
  ASSERT_THAT(events, SizeIs(5));
  EXPECT_EQ(std::get<SpawnedEvent>(events[1].event).program.test, 1U);
  EXPECT_EQ(std::get<ExecEvent>(events[2].event).test, 1U);
  EXPECT_EQ(std::get<KilledEvent>(events[3].event).test, 1U);
  EXPECT_EQ(std::get<MeasuredEvent>(events[4].event).test, 1U);
}

TEST(CurrentTest, OfAProcessThatIsNoForkedChildIsNotItsOwn) {
  const Session session;
  in_child(session, [](Runner& runner) {
    record_loaded(nullptr, nullptr);
    runner.runs(kOne);
    record_measured(MeasuredWith::kJournal);
    return true;
  });
  const std::vector<RecordedEvent> events = session.events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(std::get<MeasuredEvent>(events[1].event).test, 0U);
}

TEST(CurrentTest, AWorkerOfXdistIsNamedOnceAndByNoTest) {
  const Session session;
  in_child(session, [](Runner& runner) {
    runner.runs(kOne);
    note_variable("PYTEST_XDIST_WORKER=of a test");
    runner.runs(nullptr);
    note_variable("PYTEST_XDIST_WORKER=gw7");
    note_variable("PYTEST_XDIST_WORKER=gw8");
    note_variable("PYTEST_XDIST_WORKER");
    return true;
  });
  const std::vector<RecordedEvent> events = session.events();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_TRUE(std::holds_alternative<WorkerEvent>(events[0].event));
  EXPECT_THAT(events[0].text, ElementsAre("gw7"));
}

}  // namespace
}  // namespace covenv
