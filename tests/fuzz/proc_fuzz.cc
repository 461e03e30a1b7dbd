// SPDX-License-Identifier: MIT
// The /proc texts of a measured server and of a runtime that measures, with changes. Whatever the
// texts say, a kill is bounded and hits no other process.
#include <csignal>
#include <string>

#include "fake_kernel.h"
#include "fuzz.h"
#include "proc_texts.h"
#include "shim/core/ask_protocol.h"
#include "shim/core/settings.h"
#include "shim/proc/ask_and_wait.h"
#include "shim/proc/dotnet.h"
#include "shim/proc/process.h"

namespace covenv {
namespace {

using testing::FakeWorld;
using testing::kMillisecond;

constexpr pid_t kPid = 4242;
constexpr std::int64_t kGrace = 1000 * kMillisecond;

/// One change of a text, read from four bytes: where, of which kind, and the new byte.
struct Change {
  static constexpr std::size_t kSize = 4;

  explicit Change(const std::uint8_t* data)
      : at(data[0] | static_cast<unsigned>(data[1]) << 8U), kind(data[2]), byte(data[3]) {}

  void make(std::string& text) const {
    if (text.empty()) return;
    const std::size_t place = at % text.size();
    switch (kind % 4) {
      case 0:
        text[place] = static_cast<char>(byte);
        break;
      case 1:
        text.insert(place, 1, static_cast<char>(byte));
        break;
      case 2:
        text.erase(place, byte);
        break;
      default:
        text.insert(place, text.substr(place, byte));
    }
  }

  std::size_t at;
  std::uint8_t kind;
  std::uint8_t byte;
};

void kill_target(FakeWorld& world, int signal, KillMode mode) {
  Settings settings;
  settings.kill = mode;
  Target target;
  if (!hold(FakeWorld::kernel(), kPid, target)) return;
  TargetFacts facts;
  facts.caller = 100;
  if (read_status(FakeWorld::kernel(), kPid, facts.status)) {
    facts.is_measuring_runtime = is_measuring_runtime(FakeWorld::kernel(), kPid) ||
                                 is_measured_by_coverlet(FakeWorld::kernel(), kPid, facts.status);
    target.parent = facts.status.parent;
    target.ending = decide_ending(signal, facts, settings);
  }
  if (target.ending.kind == EndingKind::kSaveThenDie ||
      target.ending.kind == EndingKind::kTerminateThenKill) {
    ask_and_wait(FakeWorld::kernel(), std::span<Target>(&target, 1), kGrace);
  }
  let_go(FakeWorld::kernel(), target);
  for (const testing::Sent& sent : world.sent) {
    require(sent.pid == kPid, "only the target is signalled");
    require(sent.signal == kAskSignal || sent.signal == SIGCONT || sent.signal == SIGTERM ||
                sent.signal == SIGINT,
            "only what asks is sent");
  }
}

}  // namespace
}  // namespace covenv

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace covenv;
  if (size < 2) return 0;
  FakeWorld world;
  world.links["/proc/4242/exe"] = (data[0] & 1U) != 0 ? "/usr/bin/node" : "/usr/bin/pypy3";
  if ((data[0] & 2U) != 0) world.pidfd_error = -ENOSYS;
  if ((data[0] & 4U) != 0) world.largest_read = 1 + data[1] % 64U;
  const int signal = (data[0] & 8U) != 0 ? SIGTERM : SIGKILL;
  const KillMode mode = (data[0] & 16U) != 0 ? KillMode::kTerm : KillMode::kSave;
  world.processes[kPid] = {.ends_after_ask = data[1] * 10 * kMillisecond};

  std::string* const texts[] = {&world.files["/proc/4242/status"], &world.files["/proc/4242/stat"],
                                &world.files["/proc/4242/environ"],
                                &world.files["/proc/self/fdinfo/7"]};
  *texts[0] = testing::kPythonStatus;
  // The process has a saver: it catches SIGURG, too.
  texts[0]->replace(texts[0]->find("0500000000004002"), 16, "0500000000404002");
  *texts[1] = testing::kPythonStat;
  *texts[2] = std::string("PATH=/bin\0NODE_V8_COVERAGE=/c\0COVERAGE_PROCESS_START=x\0", 55);
  *texts[3] = testing::kPidfdInfo;
  for (std::size_t at = 2; at + Change::kSize < size; at += Change::kSize + 1) {
    Change(data + at + 1).make(*texts[data[at] % std::size(texts)]);
  }

  const std::int64_t start = world.clock;
  kill_target(world, signal, mode);
  require(world.clock - start <= kGrace, "a kill takes the grace at most");
  require(pid_of_pidfd(FakeWorld::kernel(), 7) >= 0, "a pid is none, or positive");
  is_deadlocked(FakeWorld::kernel(), 100, kPid, 1);
  require(world.open_descriptors() == 0, "no descriptor stays open");
  return 0;
}
