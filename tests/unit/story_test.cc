// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

#include "shim/core/ending.h"
#include "shim/core/executable.h"
#include "wrapper/covenv/session/reconstruct.h"

namespace covenv {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr int kWrapper = 1;
constexpr int kRunner = 10;
constexpr int kServer = 20;

/// A list of events, each later than the one before.
class Events {
 public:
  Events& loaded(int pid, int parent, std::vector<std::string> argv, bool wants_python = true) {
    return add(pid, LoadedEvent{.parent = parent, .wants_python = wants_python}, std::move(argv));
  }
  Events& exec(int pid, ExecEvent event, std::vector<std::string> text) {
    return add(pid, event, std::move(text));
  }
  Events& exec(int pid, Image image, std::vector<std::string> text) {
    return exec(pid, {.image = image, .is_preloaded = true}, std::move(text));
  }
  Events& spawned(int pid, int parent, Image image, std::vector<std::string> text) {
    const ExecEvent program = {.image = image, .is_preloaded = true};
    return add(pid, SpawnedEvent{.parent = parent, .program = program}, std::move(text));
  }
  Events& armed(int pid, int parent, MeasuredWith with = MeasuredWith::kSaver,
                std::vector<std::string> argv = {}) {
    return add(pid, MeasuredEvent{.parent = parent, .with = with}, std::move(argv));
  }
  Events& journalled(int pid, int parent, StartedAs as = StartedAs::kByItself) {
    return add(pid, MeasuredEvent{.parent = parent, .with = MeasuredWith::kJournal, .as = as});
  }
  Events& kept(int pid, KeptEvent event = {}, std::vector<std::string> problem = {}) {
    return add(pid, event, std::move(problem));
  }
  Events& unmeasured(int pid, WhyUnmeasured why, std::vector<std::string> text = {}) {
    return add(pid, UnmeasuredEvent{.why = why}, std::move(text));
  }
  Events& saving(int pid) { return add(pid, SavingEvent{}); }
  Events& wrapped(int pid, int parent, int command, std::vector<std::string> argv) {
    return add(pid, WrappedEvent{.parent = parent, .command = command}, std::move(argv));
  }
  Events& saved(int pid, SaveReason why, SaveResult result = SaveResult::kDone,
                bool is_without_source = false) {
    return add(pid, SavedEvent{.took = 5'000'000,
                               .signal = why == SaveReason::kAsked ? SIGKILL : 0,
                               .reason = why,
                               .result = result,
                               .is_without_source = is_without_source});
  }
  Events& ended(int pid, int killer, EndingKind how, bool in_time, std::int64_t took = 0,
                int signal = SIGKILL) {
    return add(
        pid,
        KilledEvent{.took = took, .by = killer, .signal = signal, .how = how, .in_time = in_time});
  }
  Events& reaped(int pid, int parent, int status) {
    return add(pid, ReapedEvent{.by = parent, .status = status});
  }

  Events& forked(int pid, int parent, std::uint32_t test) {
    return add(pid, MeasuredEvent{.parent = parent, .with = MeasuredWith::kJournal, .test = test});
  }
  Events& killed(int pid, int killer, std::uint32_t test) {
    return add(pid, KilledEvent{.by = killer, .signal = SIGKILL, .test = test});
  }
  /// The number of the event is how many there are then.
  Events& test(int pid, std::string name) { return add(pid, TestEvent{}, {std::move(name)}); }
  Events& brought(int pid, std::uint32_t lines, std::vector<std::string> data = {}) {
    return add(pid, BroughtEvent{.files = 1, .lines = lines, .arcs = 3, .only = 2},
               std::move(data));
  }
  Events& gained(GainedEvent event, std::vector<std::string> file = {}) {
    return add(kRunner, event, std::move(file));
  }
  std::optional<report::Gain> gain() const { return gain_of_session(events_); }
  Events& worker(int pid, std::string name) { return add(pid, WorkerEvent{}, {std::move(name)}); }

  std::deque<report::Process> told(bool asks = true) const {
    return processes_of_session(events_, {.pid = kWrapper, .asks = asks});
  }
  std::deque<report::Process> told_at_the_end(std::unordered_set<std::int64_t> running) const {
    return processes_of_session(events_, {.pid = kWrapper, .running = std::move(running)});
  }

 private:
  Events& add(int pid, AnyEvent event, std::vector<std::string> text = {}) {
    events_.push_back({.event = event,
                       .pid = pid,
                       .when = static_cast<std::int64_t>(events_.size() + 1) * 1000,
                       .text = std::move(text),
                       .number = events_.size() + 1});
    return *this;
  }

  std::vector<RecordedEvent> events_;
};

Events runner() { return Events().loaded(kRunner, kWrapper, {"pytest"}).armed(kRunner, kWrapper); }

Events server() {
  return runner()
      .exec(kServer, Image::kDynamic, {"/usr/bin/python3", "COV_CORE_SOURCE", "COVENV_SESSION"})
      .loaded(kServer, kRunner, {"python3", "server.py"})
      .armed(kServer, kRunner);
}

/// A server with a journal, killed by a process without libcovenv.so.
Events killed_with_journal() {
  return runner()
      .loaded(kServer, kRunner, {"python3", "server.py"})
      .journalled(kServer, kRunner)
      .reaped(kServer, kRunner, SIGKILL);
}

std::string loss_of(const report::Process& process) {
  return process.loss ? process.loss->reason : "";
}

TEST(StoryJournal, KeepsWhoeverIsKilled) {
  const auto server = killed_with_journal().kept(kServer).told()[1];
  EXPECT_TRUE(server.measured);
  EXPECT_EQ(loss_of(server), "");
  ASSERT_THAT(server.saves, SizeIs(1));
  EXPECT_EQ(server.saves[0].why, report::SaveWhy::kJournal);
  EXPECT_TRUE(server.saves[0].ok);
  EXPECT_EQ(server.saves[0].took_ns, 0);
}

TEST(StoryJournal, MayHaveNoRoom) {
  const auto server = killed_with_journal().kept(kServer, {.dropped = 7}).told()[1];
  EXPECT_EQ(loss_of(server), "journal-full");
  EXPECT_NE(server.loss->text.find("no room for 7 words"), std::string::npos);
  ASSERT_THAT(server.saves, SizeIs(1));
  EXPECT_FALSE(server.saves[0].ok);
}

TEST(StoryJournal, MayNotBeReadable) {
  const auto server = killed_with_journal().kept(kServer, {}, {"it is cut short"}).told()[1];
  EXPECT_EQ(loss_of(server), "journal-unread");
  EXPECT_NE(server.loss->text.find("it is cut short"), std::string::npos);
  EXPECT_THAT(server.saves, SizeIs(0));
}

TEST(StoryJournal, MayHaveGone) {
  EXPECT_EQ(loss_of(killed_with_journal().told()[1]), "journal-gone");
}

TEST(StoryJournal, OfOneThatExitsNeedsItsProofToo) {
  const auto events = [] { return runner().journalled(kServer, kRunner); };
  EXPECT_EQ(loss_of(events().reaped(kServer, kRunner, 0).told()[1]), "journal-gone");
  EXPECT_EQ(loss_of(events().reaped(kServer, kRunner, 0).kept(kServer).told()[1]), "");
}

TEST(StoryJournal, IsNotMissedWhereCoverageHasSaved) {
  const auto server = runner()
                          .journalled(kServer, kRunner)
                          .saved(kServer, SaveReason::kItself)
                          .reaped(kServer, kRunner, 0)
                          .told()[1];
  EXPECT_EQ(loss_of(server), "");
  EXPECT_THAT(server.saves, SizeIs(0));
}

TEST(StoryData, ErasedByAnotherProcessIsLost) {
  const auto saved = [] {
    return runner().armed(kServer, kRunner).saved(kServer, SaveReason::kItself);
  };
  EXPECT_EQ(loss_of(saved().reaped(kServer, kRunner, 0).told()[1]), "");
  EXPECT_EQ(
      loss_of(
          saved().reaped(kServer, kRunner, 0).kept(kServer, {.as = KeptAs::kErasedData}).told()[1]),
      "data-erased");
  EXPECT_EQ(
      loss_of(
          saved().kept(kServer, {.as = KeptAs::kErasedData}).reaped(kServer, kRunner, 0).told()[1]),
      "data-erased");
}

TEST(StoryJournal, IsNotMissedWhereItWasErased) {
  const auto server = killed_with_journal().kept(kServer, {.as = KeptAs::kErased}).told()[1];
  EXPECT_EQ(loss_of(server), "");
  EXPECT_THAT(server.saves, SizeIs(0));
}

TEST(StoryJournal, OfOneThatRunsIsNotMissed) {
  EXPECT_EQ(loss_of(runner().journalled(kServer, kRunner).told()[1]), "");
}

TEST(StoryJournal, OfAPidThatComesAgainIsTheFirstOnes) {
  const auto processes =
      killed_with_journal().loaded(kServer, kRunner, {"ls"}).kept(kServer).told();
  ASSERT_THAT(processes, SizeIs(3));
  EXPECT_THAT(processes[1].saves, SizeIs(1));
  EXPECT_EQ(loss_of(processes[1]), "");
  EXPECT_THAT(processes[2].saves, SizeIs(0));
}

TEST(StoryJournal, OfNobodyIsNobodys) {
  for (const report::Process& process : server().kept(4711).told()) {
    EXPECT_THAT(process.saves, SizeIs(0));
  }
}

TEST(StoryJournal, DoesNotKeepWhatHasNone) {
  // Two coverages in one process, of which one has no journal.
  const auto server = runner()
                          .journalled(kServer, kRunner)
                          .armed(kServer, kRunner)
                          .saved(kServer, SaveReason::kAsked, SaveResult::kFailed)
                          .kept(kServer)
                          .reaped(kServer, kRunner, SIGKILL)
                          .told()[1];
  EXPECT_EQ(loss_of(server), "save-failed");
}

TEST(Story, TheWrapperIsNoPartOfIt) {
  const auto processes = runner().told();
  ASSERT_THAT(processes, SizeIs(1));
  EXPECT_FALSE(processes[0].parent);
  EXPECT_TRUE(processes[0].measured);
}

TEST(Story, AChildHasItsParentAndWhatItWasGiven) {
  const auto processes = server().told();
  ASSERT_THAT(processes, SizeIs(2));
  EXPECT_EQ(processes[1].parent, processes[0].id);
  EXPECT_EQ(processes[1].image, report::Image::kDynamic);
  EXPECT_EQ(processes[1].program, "/usr/bin/python3");
  EXPECT_THAT(processes[1].argv, ElementsAre("python3", "server.py"));
  EXPECT_THAT(processes[1].restored, ElementsAre("COV_CORE_SOURCE"));
}

TEST(Story, AnOfferToAChildThatLacksNothingIsNoRestoring) {
  const auto restored = [](std::vector<std::string> names) {
    names.insert(names.begin(), "/usr/bin/python3");
    return runner().spawned(kServer, kRunner, Image::kDynamic, names).told()[1].restored;
  };
  EXPECT_THAT(restored({"COVERAGE_PROCESS_CONFIG", "COVENV_SOURCE", "COVENV_RUN"}), SizeIs(0));
  EXPECT_THAT(restored({"COVENV_SESSION", "COVERAGE_PROCESS_CONFIG", "COVENV_SOURCE"}),
              ElementsAre("COVERAGE_PROCESS_CONFIG"));
  EXPECT_THAT(restored({"COVERAGE_PROCESS_CONFIG", "GOCOVERDIR"}), SizeIs(2));
}

TEST(Story, ASpawnMayBeToldAfterItsChildHasStarted) {
  const auto processes =
      runner()
          .loaded(kServer, kRunner, {"python3"})
          .spawned(kServer, kRunner, Image::kDynamic, {"/usr/bin/python3", "COV_X"})
          .told();
  ASSERT_THAT(processes, SizeIs(2));
  EXPECT_THAT(processes[1].restored, ElementsAre("COV_X"));
}

TEST(Story, APidThatComesAgainIsAnotherProcess) {
  const auto processes = server()
                             .reaped(kServer, kRunner, 0)
                             .loaded(kServer, kRunner, {"ls"})
                             .reaped(kServer, kRunner, 0x200)
                             .told();
  ASSERT_THAT(processes, SizeIs(3));
  ASSERT_TRUE(processes[1].end && processes[2].end);
  EXPECT_EQ(processes[1].end->number, 0);
  EXPECT_EQ(processes[2].end->number, 2);
  EXPECT_FALSE(processes[2].measured);
}

TEST(Story, AForkedChildIsWhatItsParentIs) {
  Events events;
  events.exec(kRunner, Image::kDynamic, {"/usr/bin/pytest"})
      .loaded(kRunner, kWrapper, {"pytest"})
      .armed(kServer, kRunner, MeasuredWith::kSaver, {"pytest"});
  const auto processes = events.told();
  EXPECT_EQ(processes[1].program, "/usr/bin/pytest");
  EXPECT_THAT(processes[1].argv, ElementsAre("pytest"));
}

TEST(Story, AnOrphansNewParentIsNoPartOfIt) {
  constexpr int kInit = 2;
  const auto processes = runner().armed(kServer, kInit, MeasuredWith::kSaver, {"daemon"}).told();
  ASSERT_THAT(processes, SizeIs(2));
  EXPECT_THAT(processes[1].argv, ElementsAre("daemon"));
  EXPECT_FALSE(processes[1].parent);
}

TEST(Story, AServerThatSavedIsNotLost) {
  const auto processes = server()
                             .saved(kServer, SaveReason::kAsked)
                             .ended(kServer, kRunner, EndingKind::kSaveThenDie, true)
                             .reaped(kServer, kRunner, SIGKILL)
                             .told();
  EXPECT_FALSE(processes[1].loss);
  ASSERT_TRUE(processes[1].kill);
  EXPECT_EQ(processes[1].kill->by, processes[0].id);
  EXPECT_EQ(processes[1].kill->method, report::KillMethod::kSave);
  EXPECT_EQ(processes[1].kill->outcome, report::KillOutcome::kEnded);
  EXPECT_EQ(processes[1].saves.at(0).why, report::SaveWhy::kKill);
  EXPECT_EQ(processes[1].end->how, report::End::How::kSignal);
  EXPECT_EQ(processes[1].end->number, SIGKILL);
}

TEST(Story, AKillThatPassesThroughDoesNotHideTheOneThatAsked) {
  const auto processes = server()
                             .ended(kServer, kRunner, EndingKind::kSaveThenDie, true)
                             .ended(kServer, kRunner, EndingKind::kPassThrough, false)
                             .told();
  EXPECT_EQ(processes[1].kill->method, report::KillMethod::kSave);
}

std::string loss_of(const Events& events) {
  for (const report::Process& process : events.told()) {
    if (process.loss) return process.loss->reason;
  }
  return "";
}

/// A server that was asked, and that ended while its killer waited.
Events asked_server() {
  Events events = server().saving(kServer);
  events.ended(kServer, kRunner, EndingKind::kSaveThenDie, true);
  return events;
}

TEST(StoryAsked, OneThatHasSavedByItselfIsNotLost) {
  EXPECT_EQ(loss_of(server()
                        .saving(kServer)
                        .saved(kServer, SaveReason::kItself)
                        .ended(kServer, kRunner, EndingKind::kSaveThenDie, true)
                        .reaped(kServer, kRunner, SIGKILL)),
            "");
  // The server has ended with nothing to save.
  EXPECT_EQ(loss_of(asked_server()
                        .saved(kServer, SaveReason::kItself, SaveResult::kNone)
                        .reaped(kServer, kRunner, SIGKILL)),
            "");
}

TEST(StoryAsked, OneThatEndedInTimeHasNotTimedOut) {
  EXPECT_EQ(loss_of(asked_server().reaped(kServer, kRunner, SIGKILL)), "save-cut-short");
  EXPECT_EQ(loss_of(asked_server()
                        .saved(kServer, SaveReason::kItself, SaveResult::kFailed)
                        .reaped(kServer, kRunner, SIGKILL)),
            "save-failed");
  EXPECT_EQ(loss_of(server()
                        .ended(kServer, kRunner, EndingKind::kTerminateThenKill, true)
                        .reaped(kServer, kRunner, SIGTERM)),
            "ended-unsaved");
}

TEST(StoryAsked, OneThatMeasuresAgainOwesASaveAgain) {
  EXPECT_EQ(loss_of(server()
                        .saved(kServer, SaveReason::kItself)
                        .armed(kServer, kRunner)
                        .reaped(kServer, kRunner, SIGKILL)),
            "killed-from-outside");
}

TEST(StoryAsked, AnEndThatIsNoKillNeedsItsProof) {
  EXPECT_EQ(loss_of(server().reaped(kServer, kRunner, 0x100)), "left-unsaved");
  EXPECT_EQ(loss_of(server().saved(kServer, SaveReason::kItself).reaped(kServer, kRunner, 0)), "");
  EXPECT_EQ(loss_of(server().saved(kServer, SaveReason::kLeaving).reaped(kServer, kRunner, 0)), "");
  EXPECT_EQ(loss_of(server()
                        .saved(kServer, SaveReason::kLeaving, SaveResult::kNone)
                        .reaped(kServer, kRunner, 0x500)),
            "left-unsaved");
  EXPECT_EQ(loss_of(server()
                        .saved(kServer, SaveReason::kItself, SaveResult::kFailed)
                        .reaped(kServer, kRunner, 0)),
            "save-failed");
}

TEST(StoryAsked, AnotherProgramInItsPlaceNeedsItsProof) {
  EXPECT_EQ(
      loss_of(server().exec(kServer, Image::kDynamic, {"/bin/ls"}).reaped(kServer, kRunner, 0)),
      "replaced-unsaved");
  EXPECT_EQ(loss_of(server()
                        .saved(kServer, SaveReason::kExec)
                        .exec(kServer, Image::kDynamic, {"/bin/ls"})
                        .reaped(kServer, kRunner, 0)),
            "");
}

TEST(StoryAsked, AJournalIsNamedWhereItIsOff) {
  const auto fix = [](MeasuredWith with) {
    const auto processes = runner()
                               .loaded(kServer, kRunner, {"python3", "server.py"})
                               .armed(kServer, kRunner, with)
                               .reaped(kServer, kRunner, SIGSEGV)
                               .told();
    return processes[1].loss->fix;
  };
  EXPECT_EQ(fix(MeasuredWith::kSaver), "fix the crash");
  EXPECT_EQ(fix(MeasuredWith::kSaverByChoice),
            "fix the crash; or let it have a journal (COVENV_JOURNAL=1)");
}

TEST(Story, SaysHowCoverageHasStarted) {
  const auto processes = runner()
                             .loaded(kServer, kRunner, {"python3", "server.py"})
                             .journalled(kServer, kRunner, StartedAs::kLight)
                             .journalled(kServer, kRunner, StartedAs::kWholeProgram)
                             .told();
  EXPECT_EQ(processes[0].start, report::Start::kByItself);
  EXPECT_EQ(processes[1].start, report::Start::kWholeProgram);
}

TEST(StoryOrder, AKillThatIsToldAfterItsVictimWasReapedIsTheVictims) {
  const auto processes = server()
                             .saving(kServer)
                             .saved(kServer, SaveReason::kAsked)
                             .reaped(kServer, kRunner, SIGKILL)
                             .ended(kServer, kRunner, EndingKind::kSaveThenDie, true, 3500)
                             .told();
  ASSERT_THAT(processes, SizeIs(2));
  ASSERT_TRUE(processes[1].kill);
  EXPECT_EQ(processes[1].kill->method, report::KillMethod::kSave);
  EXPECT_FALSE(processes[1].loss);
}

TEST(StoryOrder, AKillIsTheFirstOnesThoughItsPidCameAgain) {
  const auto processes = server()
                             .reaped(kServer, kRunner, SIGKILL)
                             .loaded(kServer, kRunner, {"ls"})
                             .ended(kServer, kRunner, EndingKind::kPassThrough, false, 2500)
                             .told();
  ASSERT_THAT(processes, SizeIs(3));
  EXPECT_TRUE(processes[1].kill);
  EXPECT_FALSE(processes[2].kill);
  EXPECT_EQ(loss_of(processes[1]), "killed-unsaved");
}

TEST(StoryOrder, AKillIsTheSecondOnesWhereTheFirstHadEndedBefore) {
  const auto processes = server()
                             .reaped(kServer, kRunner, 0)
                             .loaded(kServer, kRunner, {"ls"})
                             .ended(kServer, kRunner, EndingKind::kPassThrough, false, 500)
                             .told();
  ASSERT_THAT(processes, SizeIs(3));
  EXPECT_FALSE(processes[1].kill);
  EXPECT_TRUE(processes[2].kill);
}

TEST(StoryOrder, AKillThatClaimsToHaveBegunBeforeTheSessionIsOfItsStart) {
  const auto processes =
      Events().ended(kServer, kRunner, EndingKind::kSaveThenDie, true, 1'000'000'000).told();
  ASSERT_THAT(processes, SizeIs(1));
  EXPECT_EQ(processes[0].start_ns, 0);
}

TEST(StoryOrder, ASpawnMayBeToldAfterItsChildWasReaped) {
  const auto processes = runner()
                             .loaded(kServer, kRunner, {"ls"})
                             .reaped(kServer, kRunner, 0)
                             .spawned(kServer, kRunner, Image::kDynamic, {"/bin/ls"})
                             .told();
  ASSERT_THAT(processes, SizeIs(2));
  EXPECT_EQ(processes[1].program, "/bin/ls");
  EXPECT_TRUE(processes[1].end);
}

TEST(Story, AnotherSignalThanThatOfTheKillIsNoKill) {
  EXPECT_EQ(loss_of(server()
                        .ended(kServer, kRunner, EndingKind::kPassThrough, false)
                        .reaped(kServer, kRunner, SIGSEGV)),
            "crashed");
}

TEST(Story, LossesHaveTheirReasons) {
  EXPECT_EQ(loss_of(server().reaped(kServer, kRunner, SIGKILL)), "killed-from-outside");
  EXPECT_EQ(loss_of(server().reaped(kServer, kRunner, SIGSEGV | 0x80)), "crashed");
  EXPECT_EQ(loss_of(server()
                        .ended(kServer, kRunner, EndingKind::kSaveThenDie, false)
                        .reaped(kServer, kRunner, SIGKILL)),
            "gil-held");
  EXPECT_EQ(loss_of(server()
                        .saving(kServer)
                        .ended(kServer, kRunner, EndingKind::kSaveThenDie, false)
                        .reaped(kServer, kRunner, SIGKILL)),
            "save-timed-out");
  EXPECT_EQ(loss_of(server()
                        .saving(kServer)
                        .saved(kServer, SaveReason::kAsked, SaveResult::kFailed)
                        .ended(kServer, kRunner, EndingKind::kSaveThenDie, true)
                        .reaped(kServer, kRunner, SIGKILL)),
            "save-failed");
  EXPECT_EQ(loss_of(server().saved(kServer, SaveReason::kLeaving, SaveResult::kFailed)),
            "save-failed");
  EXPECT_EQ(loss_of(server()
                        .saved(kServer, SaveReason::kAsked, SaveResult::kNoThread)
                        .reaped(kServer, kRunner, SIGKILL)),
            "save-failed");
  EXPECT_EQ(loss_of(server()
                        .ended(kServer, kRunner, EndingKind::kPassThrough, false)
                        .reaped(kServer, kRunner, SIGKILL)),
            "killed-unsaved");
  EXPECT_EQ(
      loss_of(runner()
                  .exec(kServer, {.image = Image::kStatic, .wants_native = true}, {"/srv/app"})
                  .reaped(kServer, kRunner, SIGKILL)),
      "static-binary");
  EXPECT_EQ(
      loss_of(runner()
                  .exec(kServer,
                        {.image = Image::kDynamic, .is_preloaded = true, .is_other_user = true},
                        {"/usr/bin/python3"})
                  .reaped(kServer, kRunner, SIGKILL)),
      "other-user");
  EXPECT_EQ(loss_of(runner()
                        .exec(kServer, {.image = Image::kDynamic}, {"/usr/bin/python3"})
                        .reaped(kServer, kRunner, 0)),
            "library-gone");
  EXPECT_EQ(loss_of(runner()
                        .exec(kServer, Image::kDynamic, {"/usr/bin/python3"})
                        .reaped(kServer, kRunner, 0)),
            "not-preloaded");
  EXPECT_EQ(loss_of(runner()
                        .loaded(kServer, kRunner, {"/srv/tool"})
                        .unmeasured(kServer, WhyUnmeasured::kNotStarted,
                                    {"no module named 'coverage'", "install it"})
                        .reaped(kServer, kRunner, 0)),
            "not-measured");
  EXPECT_EQ(
      loss_of(
          runner().loaded(kServer, kRunner, {"/opt/pypy3", "x.py"}).reaped(kServer, kRunner, 0)),
      "not-measured");
  EXPECT_EQ(loss_of(runner().exec(kServer, {.image = Image::kForeign}, {"/opt/python3"})),
            "not-preloaded");
}

TEST(Story, WhatIsNotMeasuredIsNotLost) {
  EXPECT_EQ(loss_of(runner().loaded(kServer, kRunner, {"ls"}).reaped(kServer, kRunner, SIGKILL)),
            "");
  EXPECT_EQ(
      loss_of(runner()
                  .exec(kServer, {.image = Image::kStatic, .wants_native = true}, {"/srv/app"})
                  .ended(kServer, kRunner, EndingKind::kTerminateThenKill, true)
                  .reaped(kServer, kRunner, SIGKILL)),
      "");
}

TEST(Story, WhoeverHasOptedOutIsNotLost) {
  const auto processes = runner()
                             .loaded(kServer, kRunner, {"/opt/python3", "x.py"}, false)
                             .unmeasured(kServer, WhyUnmeasured::kOptedOut)
                             .reaped(kServer, kRunner, 0)
                             .told();
  EXPECT_EQ(loss_of(processes[1]), "");
  EXPECT_EQ(processes[1].note, report::Note::kOptedOut);
}

TEST(Story, APythonThatRunsNoProgramIsNotLost) {
  EXPECT_EQ(
      loss_of(
          runner().loaded(kServer, kRunner, {"/opt/python3", "-V"}).reaped(kServer, kRunner, 0)),
      "");
  EXPECT_EQ(loss_of(runner()
                        .loaded(kServer, kRunner, {"/opt/python3", "x.py"})
                        .ended(kServer, kRunner, EndingKind::kPassThrough, false)
                        .reaped(kServer, kRunner, SIGKILL)),
            "");
}

TEST(Story, WhatIsMeasuredAfterAllIsNotLost) {
  EXPECT_EQ(loss_of(runner()
                        .loaded(kServer, kRunner, {"python3"})
                        .unmeasured(kServer, WhyUnmeasured::kNotStarted, {"why", "fix"})
                        .journalled(kServer, kRunner)
                        .reaped(kServer, kRunner, 0)
                        .kept(kServer)),
            "");
}

TEST(Story, OneThatHasEndedOutOfSightRunsNoMore) {
  const auto events = [] { return runner().journalled(kServer, kRunner); };
  EXPECT_FALSE(events().told()[1].end);
  EXPECT_FALSE(events().told_at_the_end({kRunner, kServer})[1].end);
  const auto processes = events().kept(kServer).told_at_the_end({kRunner});
  ASSERT_TRUE(processes[1].end);
  EXPECT_EQ(processes[1].end->how, report::End::How::kUnknown);
  EXPECT_EQ(loss_of(processes[1]), "");
  EXPECT_EQ(loss_of(events().told_at_the_end({kRunner})[1]), "journal-gone");
  EXPECT_EQ(loss_of(server().told_at_the_end({kRunner})[1]), "left-unsaved");
}

TEST(Story, OneThatHasStoppedMeasuringSaysSo) {
  EXPECT_EQ(runner()
                .journalled(kServer, kRunner)
                .unmeasured(kServer, WhyUnmeasured::kStopped)
                .told()[1]
                .note,
            report::Note::kStopped);
  EXPECT_EQ(runner()
                .journalled(kServer, kRunner)
                .unmeasured(kServer, WhyUnmeasured::kStopped)
                .unmeasured(kServer, WhyUnmeasured::kGoesOn)
                .told()[1]
                .note,
            report::Note::kNone);
}

TEST(Story, OneThatHasWaitedForSourceInVainSaysSo) {
  const auto waiting = [] {
    return runner()
        .loaded(kServer, kRunner, {"python3"})
        .unmeasured(kServer, WhyUnmeasured::kNoSource);
  };
  const auto process = waiting().reaped(kServer, kRunner, 0).told()[1];
  EXPECT_EQ(process.note, report::Note::kNoSource);
  EXPECT_EQ(loss_of(process), "");
  EXPECT_FALSE(process.measured);
  EXPECT_EQ(waiting().armed(kServer, kRunner).told()[1].note, report::Note::kNone);
}

TEST(Story, FilesOutsideAreToldOfOneThatHasMeasuredNothing) {
  const auto told = [](bool is_without_source) {
    return runner()
        .journalled(kServer, kRunner)
        .unmeasured(kServer, WhyUnmeasured::kRunsOther, {"/copy/a.py"})
        .unmeasured(kServer, WhyUnmeasured::kRunsOther, {"/copy/b.py"})
        .kept(kServer, {.is_without_source = is_without_source})
        .told()[1]
        .outside;
  };
  EXPECT_THAT(told(true), ElementsAre("/copy/a.py", "/copy/b.py"));
  EXPECT_THAT(told(false), ElementsAre());
}

TEST(Story, OneThatHasMeasuredNothingOfSourceSaysSo) {
  EXPECT_EQ(killed_with_journal().kept(kServer, {.is_without_source = true}).told()[1].note,
            report::Note::kNoSource);
  EXPECT_EQ(runner()
                .journalled(kServer, kRunner)
                .saved(kServer, SaveReason::kItself, SaveResult::kDone, true)
                .told()[1]
                .note,
            report::Note::kNoSource);
  EXPECT_EQ(
      killed_with_journal().kept(kServer).kept(kServer, {.is_without_source = true}).told()[1].note,
      report::Note::kNone);
}

/// The reason of the loss of a server that dies of a signal which no process with covenv has sent.
std::string loss_by(int signal) { return loss_of(server().reaped(kServer, kRunner, signal)); }

TEST(StoryAsked, ASignalHasItsReason) {
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGTRAP}) {
    EXPECT_EQ(loss_by(signal), "crashed") << signal;
  }
  for (const int signal : {SIGALRM, SIGVTALRM, SIGPROF}) EXPECT_EQ(loss_by(signal), "own-timer");
  for (const int signal : {SIGXCPU, SIGXFSZ}) EXPECT_EQ(loss_by(signal), "resource-limit");
  EXPECT_EQ(loss_by(SIGPIPE), "broken-pipe");
  for (const int signal : {SIGKILL, SIGTERM, SIGQUIT, SIGHUP}) {
    EXPECT_EQ(loss_by(signal), "killed-from-outside") << signal;
  }
}

void expect_killed_unsaved(EndingKind kind, bool has_ended, int signal) {
  const auto processes = server()
                             .ended(kServer, kRunner, kind, has_ended, 0, signal)
                             .reaped(kServer, kRunner, signal | 0x80)
                             .told();
  EXPECT_EQ(loss_of(processes[1]), "killed-unsaved") << signal;
  EXPECT_EQ(processes[1].loss->fix, "end it by SIGTERM or SIGKILL") << signal;
}

TEST(StoryAsked, ASignalThatTheSuiteHasSentIsNoCrash) {
  for (const int signal : {SIGABRT, SIGSEGV, SIGQUIT, SIGXCPU}) {
    expect_killed_unsaved(EndingKind::kPassThrough, false, signal);
  }
}

TEST(StoryAsked, AHandlerThatIsFasterThanTheSaveIsTheReason) {
  expect_killed_unsaved(EndingKind::kSaveThenDie, true, SIGABRT);
}

TEST(StoryAsked, ASignalToItselfIsNoKillOfTheSuite) {
  EXPECT_EQ(loss_of(server()
                        .ended(kServer, kServer, EndingKind::kPassThrough, false, 0, SIGSEGV)
                        .reaped(kServer, kRunner, SIGSEGV | 0x80)),
            "crashed");
}

TEST(StoryAsked, ASignalThatItsHandlerSendsOnIsTheSuites) {
  EXPECT_EQ(loss_of(server()
                        .ended(kServer, kRunner, EndingKind::kPassThrough, false, 0, SIGABRT)
                        .ended(kServer, kServer, EndingKind::kPassThrough, false, 0, SIGABRT)
                        .reaped(kServer, kRunner, SIGABRT | 0x80)),
            "killed-unsaved");
}

TEST(StoryAsked, WhereNobodyIsAskedThatIsTheReason) {
  const auto processes = server().reaped(kServer, kRunner, SIGKILL).told(false);
  EXPECT_EQ(loss_of(processes[1]), "killed-unsaved");
  EXPECT_NE(processes[1].loss->text.find("COVENV_KILL=off"), std::string::npos);
}

TEST(Story, WhatAForkedChildMeasuredIsNotOfTheProgramThatItExecutes) {
  const auto processes = runner()
                             .armed(kServer, kRunner)
                             .saved(kServer, SaveReason::kExec)
                             .exec(kServer, Image::kDynamic, {"/bin/ls"})
                             .loaded(kServer, kRunner, {"ls"})
                             .reaped(kServer, kRunner, SIGKILL)
                             .told();
  EXPECT_FALSE(processes[1].loss);
}

constexpr int kSigforward = 15;

/// A server below a sigforward, so that its parent does not have libcovenv.so.
Events wrapped_server() {
  Events events = runner();
  events.exec(kSigforward, {.image = Image::kStatic, .wants_native = true}, {"/usr/bin/sigforward"})
      .wrapped(kSigforward, kRunner, kServer, {"sigforward", "--", "python3", "server.py"})
      .loaded(kServer, kSigforward, {"python3", "server.py"})
      .armed(kServer, kSigforward);
  return events;
}

TEST(Story, AServerIsTheChildOfItsSigforward) {
  const auto processes = wrapped_server()
                             .saving(kServer)
                             .saved(kServer, SaveReason::kAsked)
                             .ended(kServer, kSigforward, EndingKind::kTerminateThenKill, true)
                             .reaped(kServer, kSigforward, SIGTERM)
                             .ended(kSigforward, kRunner, EndingKind::kTerminateThenKill, true)
                             .reaped(kSigforward, kRunner, SIGKILL)
                             .told();
  ASSERT_THAT(processes, SizeIs(3));
  EXPECT_EQ(processes[1].parent, processes[0].id);
  EXPECT_THAT(processes[1].argv, ElementsAre("sigforward", "--", "python3", "server.py"));
  EXPECT_FALSE(processes[1].loss);
  EXPECT_EQ(processes[2].parent, processes[1].id);
  EXPECT_EQ(processes[2].kill->by, processes[1].id);
  EXPECT_EQ(processes[2].end->number, SIGTERM);
  EXPECT_FALSE(processes[2].loss);
}

TEST(Story, WhoeverHasSavedEndsThoughNobodyIsThereToSeeIt) {
  const auto processes = wrapped_server()
                             .reaped(kSigforward, kRunner, SIGKILL)
                             .saving(kServer)
                             .saved(kServer, SaveReason::kAsked)
                             .told();
  ASSERT_THAT(processes, SizeIs(3));
  ASSERT_TRUE(processes[2].end);
  EXPECT_EQ(processes[2].end->number, SIGKILL);
  EXPECT_TRUE(processes[2].end_ns);
  EXPECT_FALSE(processes[1].loss || processes[2].loss);
}

TEST(Story, WhoeverHadToBeKilledEndsThoughNobodyIsThereToSeeIt) {
  const auto processes =
      server().ended(kServer, kRunner, EndingKind::kTerminateThenKill, false).told();
  ASSERT_THAT(processes, SizeIs(2));
  ASSERT_TRUE(processes[1].end);
  EXPECT_EQ(processes[1].end->number, SIGKILL);
  EXPECT_TRUE(processes[1].end_ns);
  ASSERT_TRUE(processes[1].loss);
  EXPECT_EQ(processes[1].loss->reason, "save-timed-out");
}

TEST(Story, ASigforwardIsTheOneToSignal) {
  for (const report::Process& process :
       wrapped_server().reaped(kServer, kSigforward, SIGKILL).told()) {
    if (!process.loss) continue;
    EXPECT_EQ(process.loss->reason, "killed-from-outside");
    EXPECT_EQ(process.loss->fix, "signal the sigforward above it in its place");
  }
}

TEST(Story, NobodyDescendsFromHimself) {
  constexpr int kOther = 30;
  Events events;
  events.loaded(kServer, kOther, {"a"}).loaded(kOther, kServer, {"b"});
  const auto processes = events.told();
  ASSERT_THAT(processes, SizeIs(2));
  EXPECT_NE(processes[0].parent.has_value(), processes[1].parent.has_value());
}

TEST(StoryBrought, IsOfTheProcessThatHadAJournalThoughItsPidIsUsedAgain) {
  const auto processes =
      killed_with_journal().loaded(kServer, kRunner, {"another"}).brought(kServer, 7).told();
  ASSERT_THAT(processes, SizeIs(3));
  ASSERT_TRUE(processes[1].brought);
  EXPECT_EQ(processes[1].brought->lines, 7);
  EXPECT_EQ(processes[1].brought->arcs, 3);
  EXPECT_EQ(processes[1].brought->only, 2);
  EXPECT_EQ(processes[1].brought->data, "");
  EXPECT_FALSE(processes[0].brought || processes[2].brought);
}

TEST(StoryBrought, IsOfAProcessThatHasEnded) {
  const auto processes = runner()
                             .loaded(kServer, kRunner, {"a"})
                             .reaped(kServer, kRunner, 0)
                             .brought(kServer, 7, {".coverage.pid20"})
                             .brought(99, 1)
                             .told();
  ASSERT_THAT(processes, SizeIs(2));
  ASSERT_TRUE(processes[1].brought);
  EXPECT_EQ(processes[1].brought->data, ".coverage.pid20");
}

TEST(StoryBrought, AGainOfAllCombinesHasEachFileOnce) {
  const auto gain =
      runner()
          .gained({.files = 1, .before = 0, .after = 8})
          .gained({.files = 1, .before = 0, .after = 8}, {"a.py"})
          .gained({.files = 2, .before = 6, .after = 18})
          .gained({.files = 1, .before = 6, .after = 9}, {"a.py"})
          .gained(
              {.files = 1, .before = 0, .after = 9, .percent_before = 0, .percent_after = 94117647},
              {"b.py"})
          .gained({.files = 1, .before = 9, .after = 4})  // makes no sense
          .gain();
  ASSERT_TRUE(gain);
  EXPECT_EQ(gain->files, 2);
  EXPECT_EQ(gain->before, 0);
  EXPECT_EQ(gain->after, 17);
  ASSERT_THAT(gain->largest, SizeIs(2));
  EXPECT_EQ(gain->largest[0].file, "b.py");
  ASSERT_TRUE(gain->largest[0].percents);
  EXPECT_EQ(gain->largest[0].percents->after, 94.117647);
  EXPECT_FALSE(gain->largest[1].percents);
  EXPECT_EQ(gain->largest[1].file, "a.py");
  EXPECT_EQ(gain->largest[1].after, 8);
  EXPECT_FALSE(runner().gain());
}

TEST(StoryBrought, AGainOfManyFilesIsThatOfTheLargestCombine) {
  const auto gain = runner()
                        .gained({.files = 30, .before = 1, .after = 99})
                        .gained({.files = 1, .before = 0, .after = 8}, {"a.py"})
                        .gained({.files = 1, .before = 3, .after = 4})
                        .gain();
  ASSERT_TRUE(gain);
  EXPECT_EQ(gain->files, 30);
  EXPECT_EQ(gain->before, 1);
  EXPECT_EQ(gain->after, 99);
}

constexpr const char* kSetup = "test_a.py::one (setup)";
constexpr const char* kCall = "test_a.py::one (call)";

Events in_tests() { return Events().loaded(kRunner, kWrapper, {"pytest"}).test(kRunner, kSetup); }

TEST(StoryTest, AProcessIsStartedByTheTestOfItsStart) {
  const auto processes = in_tests()
                             .exec(kServer, {.test = 2}, {"/bin/a"})
                             .loaded(kServer, kRunner, {"a"})
                             .test(kRunner, kCall)
                             .killed(kServer, kRunner, 4 + 1)
                             .told();
  ASSERT_THAT(processes, SizeIs(2));
  EXPECT_EQ(processes[0].test, "");
  EXPECT_EQ(processes[1].test, kSetup);
  ASSERT_TRUE(processes[1].kill);
  EXPECT_EQ(processes[1].kill->test, kCall);
}

TEST(StoryTest, AProcessThatNamesNoTestHasItsParents) {
  const auto processes = in_tests()
                             .exec(kServer, {.test = 2}, {"/bin/a"})
                             .loaded(kServer, kRunner, {"a"})
                             .loaded(30, kServer, {"b"})
                             .loaded(40, 30, {"c"})
                             .told();
  ASSERT_THAT(processes, SizeIs(4));
  EXPECT_EQ(processes[3].test, kSetup);
}

TEST(StoryTest, TheFirstOfSeveralExecsCounts) {
  const auto processes = in_tests()
                             .test(kRunner, kCall)
                             .exec(kServer, {.test = 2}, {"/bin/sh"})
                             .exec(kServer, {.test = 3}, {"/bin/a"})
                             .told();
  EXPECT_EQ(processes.at(1).test, kSetup);
}

TEST(StoryTest, AForkedChildIsStartedByTheTestOfItsFork) {
  const auto processes = in_tests().forked(kServer, kRunner, 2).told();
  EXPECT_EQ(processes.at(1).test, kSetup);
}

TEST(StoryTest, ANumberThatNamesNoTestIsNone) {
  EXPECT_EQ(in_tests().exec(kServer, {.test = 77}, {"/bin/a"}).told().at(1).test, "");
}

TEST(StoryTest, WithoutATestTheFileThatAnAncestorRunsIsNamed) {
  const auto processes = Events()
                             .loaded(kRunner, kWrapper, {"prove", "-r"})
                             .loaded(kServer, kRunner, {"perl", "t/shop.t"})
                             .loaded(30, kServer, {"perl", "server.pl"})
                             .loaded(40, 30, {"sh"})
                             .told();
  ASSERT_THAT(processes, SizeIs(4));
  EXPECT_EQ(processes[1].test, "");
  EXPECT_EQ(processes[2].test, "t/shop.t");
  EXPECT_EQ(processes[3].test, "t/shop.t");
}

TEST(StoryTest, ADescentOfAnyDepthIsNamed) {
  Events events = in_tests();
  events.exec(100, {.test = 2}, {"/bin/a"}).loaded(100, kRunner, {"a"});
  for (int pid = 101; pid < 1000; ++pid) events.loaded(pid, pid - 1, {"a"});
  EXPECT_EQ(events.told().back().test, kSetup);
}

TEST(StoryTest, AWorkerOfXdistHasItsName) {
  EXPECT_EQ(in_tests().worker(kRunner, "gw0").told().at(0).worker, "gw0");
}

TEST(Story, WhereNothingIsMeasuredNothingIsLost) {
  Events events;
  events.loaded(kRunner, kWrapper, {"python3"}).reaped(kRunner, kWrapper, SIGKILL);
  EXPECT_EQ(loss_of(events), "");
}

TEST(Story, TheCommandsEndIsTheWrappersToTell) {
  const auto processes = processes_of_session(
      {{.event = LoadedEvent{.parent = kWrapper}, .pid = kRunner, .text = {"x"}}},
      {.pid = kWrapper, .command = kRunner, .status = 0x300, .ended = 77});
  ASSERT_THAT(processes, SizeIs(1));
  ASSERT_TRUE(processes[0].end);
  EXPECT_EQ(processes[0].end->how, report::End::How::kExit);
  EXPECT_EQ(processes[0].end->number, 3);
  EXPECT_EQ(processes[0].end_ns, 77);
}

}  // namespace
}  // namespace covenv
