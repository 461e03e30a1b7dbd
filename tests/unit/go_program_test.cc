// SPDX-License-Identifier: MIT
// Real Go programs: what is read from outside, beside what the runtime writes at the same point.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "counted_program.h"
#include "go_file_reader.h"
#include "shim/counters/go_counters_file.h"

extern "C" char** environ;

namespace covenv {
namespace {

namespace fs = std::filesystem;
using testing::GoFile;
using testing::OpenedElf;
using testing::Written;

constexpr char kMain[] = R"(package main

import (
	"os"
	"os/signal"
	"syscall"

	"example.com/program/store"
)

var signals = make(chan os.Signal, 1)

func spin(count int) {
	for i := 0; ; i++ {
		store.Put(i%count, i)
	}
}

func main() {
	for _, word := range os.Args[1:] {
		switch word {
		case "busy":
			go spin(10)
			go spin(3)
		case "receive":
			signal.Notify(signals, syscall.SIGTERM)
		case "ignore":
			signal.Ignore(syscall.SIGINT)
		}
	}
	for i := 0; i < 300; i++ {
		store.Put(i%10, i)
	}
	os.Stdout.WriteString("ready\n")
	os.Stdin.Read(make([]byte, 1))
	os.Exit(3)
}
)";

constexpr char kStore[] = R"(package store

import "sync"

var lock sync.Mutex
var values = map[int]int{}

func Put(key, value int) {
	lock.Lock()
	defer lock.Unlock()
	if old, ok := values[key]; ok && old > value {
		return
	}
	values[key] = value
}

func Never() int { return len(values) }
)";

/// A temporary folder with the sources, and the programs that are built of them.
class GoWorkshop {
 public:
  GoWorkshop() {
    std::string name = (fs::temp_directory_path() / "go-program-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    fs::create_directory(folder_ / "store");
    std::ofstream(folder_ / "go.mod") << "module example.com/program\n\ngo 1.20\n";
    std::ofstream(folder_ / "main.go") << kMain;
    std::ofstream(folder_ / "store/store.go") << kStore;
  }
  ~GoWorkshop() { fs::remove_all(folder_); }
  GoWorkshop(const GoWorkshop&) = delete;
  GoWorkshop& operator=(const GoWorkshop&) = delete;

  const fs::path& folder() const { return folder_; }

  /// Builds the program. Fails if there is no Go of version 1.20 or later.
  std::string built(const std::string& options, const std::string& environment = "CGO_ENABLED=0") {
    const std::string program = (folder_ / "program").string();
    run("cd " + folder_.string() +
        " && env GOCACHE=" COVENV_GO_CACHE
        " GOTOOLCHAIN=local GOFLAGS=-buildvcs=false GOPROXY=off " +
        environment + " go build -o " + program + " " + options + " .");
    return program;
  }

  /// What a command prints. The command has to succeed.
  std::string run(const std::string& command) {
    const fs::path output = folder_ / "output";
    EXPECT_EQ(std::system(("{ " + command + "; } > " + output.string() + " 2>&1").c_str()), 0)
        << command << '\n'
        << testing::contents_of(output.string());
    return testing::contents_of(output.string());
  }

  std::string textfmt(const fs::path& data) {
    const fs::path text = folder_ / "text";
    run("go tool covdata textfmt -i=" + data.string() + " -o=" + text.string());
    return testing::contents_of(text.string());
  }

 private:
  fs::path folder_;
};

/// A program that runs, has said that it is ready, and waits for a byte.
class Running {
 public:
  /// With an empty folder, the program has no GOCOVERDIR.
  Running(const std::string& program, const std::vector<std::string>& arguments,
          const fs::path& folder)
      : folder_(folder) {
    if (!folder.empty()) fs::create_directory(folder);
    std::vector<std::string> environment = {"GOCOVERDIR=" + folder.string()};
    if (folder.empty()) environment.clear();
    std::vector<std::string> words = {program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    for (const std::string& word : words) command_line_ += word + '\0';

    int in[2];
    int out[2];
    EXPECT_EQ(pipe2(in, O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    // A shell's background job ignores SIGINT, and its children do.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    EXPECT_EQ(posix_spawn(&pid_, program.c_str(), &actions, &attributes, pointers(words).data(),
                          pointers(environment).data()),
              0);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    input_ = in[1];
    char ready[16];
    EXPECT_EQ(read(out[0], ready, sizeof(ready)), 6) << "the program is not ready";
    close(out[0]);
    elf_.emplace(testing::contents_of(proc("exe")));
  }

  ~Running() {
    if (pid_ > 0) end_by(SIGKILL);
    close(input_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  pid_t pid() const { return pid_; }

  GoStage find() {
    std::vector<char> room(kGoFindRoom);
    const std::string maps = testing::contents_of(proc("maps"));
    const std::size_t line = maps.rfind('\n', maps.find(fs::read_symlink(proc("exe")).string()));
    const std::size_t begin = line == std::string::npos ? 0 : line + 1;
    const std::uint64_t mapped_at = std::strtoull(&maps[begin], nullptr, 16);
    const LoadedObject object = {elf_->file(), memory(), mapped_at - elf_->file().first_address()};
    return find_go_counters(object, room, found_);
  }

  const GoCounters& found() const { return found_; }

  std::string folder_by_memory() {
    char into[4096];
    return std::string(read_go_folder(found_, memory(), into).value_or(""));
  }

  GoEnding ending_by(int signal) { return go_ending_by(found_, memory(), signal); }

  std::string file_from_outside() {
    std::vector<char> room(go_file_room(found_, command_line_));
    Written file;
    EXPECT_TRUE(write_go_counters(found_, memory(), command_line_, file.sink(), room));
    return file.text();
  }

  std::string counters_name() {
    char into[kMostGoFileName];
    return std::string(
        go_counters_file_name(found_, static_cast<std::uint32_t>(pid_), 1234567890, into));
  }

  std::string meta_name() {
    char into[kMostGoFileName];
    return std::string(go_meta_file_name(found_, into));
  }

  void let_go() { EXPECT_EQ(write(input_, "q", 1), 1); }

  void end_by(int signal) {
    kill(pid_, signal);
    wait();
  }

  int wait() {
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    pid_ = 0;
    return status;
  }

  /// The one file of counters that the runtime has written.
  std::string file_by_runtime() const {
    std::string text;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (!entry.path().filename().string().starts_with("covcounters.")) continue;
      EXPECT_EQ(text, "") << "two files";
      text = testing::contents_of(entry.path().string());
    }
    return text;
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
  }

  std::string proc(const std::string& name) const {
    return "/proc/" + std::to_string(pid_) + "/" + name;
  }

  ByteSource memory() {
    return {.context = &pid_,
            .read_bytes = [](void* context, std::uint64_t at, std::span<char> into) {
              const iovec here = {.iov_base = into.data(), .iov_len = into.size()};
              const iovec there = {.iov_base = reinterpret_cast<void*>(at), .iov_len = into.size()};
              return process_vm_readv(*static_cast<pid_t*>(context), &here, 1, &there, 1, 0) ==
                     static_cast<ssize_t>(into.size());
            }};
  }

  fs::path folder_;
  std::string command_line_;
  pid_t pid_ = 0;
  int input_ = -1;
  std::optional<OpenedElf> elf_;
  GoCounters found_;
};

void expect_same(const std::string& ours, const std::string& runtimes) {
  const GoFile a(ours);
  const GoFile b(runtimes);
  EXPECT_EQ(a.head(), b.head());
  EXPECT_EQ(a.size(), b.size());
  EXPECT_EQ(a.arguments(), b.arguments());
  EXPECT_EQ(a.sorted_strings(), b.sorted_strings());
  EXPECT_EQ(a.body(), b.body());
  EXPECT_EQ(a.functions().size(), 2U) << "main and Put";
}

struct Build {
  const char* name;
  const char* options;
  const char* environment;
  bool has_symbols;
  int mode;
};

void PrintTo(const Build& build, std::ostream* stream) { *stream << build.name; }

class GoProgram : public ::testing::TestWithParam<Build> {};

TEST_P(GoProgram, HasTheFileThatItsRuntimeWritesAtTheSamePoint) {
  GoWorkshop workshop;
  const fs::path data = workshop.folder() / "data";
  const std::string program = workshop.built(GetParam().options, GetParam().environment);
  Running running(program, {"one", "two", "one", ""}, data);
  ASSERT_EQ(running.find(), GoStage::kMeasuring);
  EXPECT_EQ(running.found().has_symbols, GetParam().has_symbols);
  EXPECT_EQ(running.found().mode, GetParam().mode);
  EXPECT_EQ(running.folder_by_memory(), GetParam().has_symbols ? data.string() : "");
  ASSERT_TRUE(fs::exists(data / running.meta_name()));
  const std::string ours = running.file_from_outside();
  running.let_go();
  EXPECT_EQ(WEXITSTATUS(running.wait()), 3);
  expect_same(ours, running.file_by_runtime());
}

INSTANTIATE_TEST_SUITE_P(
    Builds, GoProgram,
    ::testing::Values(Build{"set", "-cover -coverpkg=./...", "CGO_ENABLED=0", true, 1},
                      Build{"count_pie", "-cover -covermode=count -coverpkg=./... -buildmode=pie",
                            "CGO_ENABLED=0", true, 2},
                      Build{"atomic_stripped",
                            "-cover -covermode=atomic -coverpkg=./... '-ldflags=-s -w'",
                            "CGO_ENABLED=0", false, 3},
                      Build{"count_external_pie_stripped",
                            "-cover -covermode=count -coverpkg=./... -buildmode=pie "
                            "'-ldflags=-linkmode=external -s -w'",
                            "CGO_ENABLED=1", false, 2}),
    [](const auto& build) { return std::string(build.param.name); });

TEST(GoProgramState, IsSavedWhileItIsBusy) {
  GoWorkshop workshop;
  const fs::path data = workshop.folder() / "data";
  const std::string program = workshop.built("-cover -covermode=count -coverpkg=./...");
  Running running(program, {"busy"}, data);
  ASSERT_EQ(running.find(), GoStage::kMeasuring);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(GoFile(running.file_from_outside()).functions().size(), 3U);
  std::ofstream(data / running.counters_name(), std::ios::binary) << running.file_from_outside();
  running.end_by(SIGKILL);
  EXPECT_THAT(workshop.textfmt(data), ::testing::ContainsRegex("store.go:8[.].* 3 [1-9]"))
      << "the lock, the defer and the condition in Put";
}

TEST(GoProgramState, IsNotCountedOrNotMeasuring) {
  GoWorkshop workshop;
  Running other(workshop.built(""), {}, workshop.folder() / "data");
  EXPECT_EQ(other.find(), GoStage::kNotCounted);
  Running no_folder(workshop.built("-cover"), {}, "");
  EXPECT_EQ(no_folder.find(), GoStage::kNotMeasuring);
}

TEST(GoProgramState, IsLeftAfterTheRuntimeHasWritten) {
  GoWorkshop workshop;
  const fs::path data = workshop.folder() / "data";
  Running running(workshop.built("-cover"), {}, data);
  ASSERT_EQ(ptrace(PTRACE_SEIZE, running.pid(), nullptr, PTRACE_O_TRACEEXIT), 0);
  running.let_go();
  int status = 0;
  ASSERT_EQ(waitpid(running.pid(), &status, __WALL), running.pid());
  // Go's scheduler sends SIGURG to its own threads, at any time.
  while (status >> 8 == SIGURG) {
    ASSERT_EQ(ptrace(PTRACE_CONT, running.pid(), nullptr, SIGURG), 0);
    ASSERT_EQ(waitpid(running.pid(), &status, __WALL), running.pid());
  }
  EXPECT_EQ(status >> 8, SIGTRAP | PTRACE_EVENT_EXIT << 8) << "the program ends";
  EXPECT_EQ(running.find(), GoStage::kLeft);
  EXPECT_NE(running.file_by_runtime(), "");
  ptrace(PTRACE_DETACH, running.pid(), nullptr, nullptr);
  EXPECT_EQ(WEXITSTATUS(running.wait()), 3);
}

TEST(GoProgramState, TellsBySignalsHowItEnds) {
  GoWorkshop workshop;
  const std::string program = workshop.built("-cover");
  Running plain(program, {}, workshop.folder() / "plain");
  plain.find();
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    EXPECT_EQ(plain.ending_by(signal), GoEnding::kEnds) << signal;
  }
  EXPECT_EQ(plain.ending_by(SIGUSR1), GoEnding::kGoesOn);
  kill(plain.pid(), SIGUSR1);
  plain.end_by(SIGTERM);

  Running receiving(program, {"receive", "ignore"}, workshop.folder() / "receiving");
  receiving.find();
  EXPECT_EQ(receiving.ending_by(SIGTERM), GoEnding::kGoesOn);
  EXPECT_EQ(receiving.ending_by(SIGINT), GoEnding::kGoesOn);
  EXPECT_EQ(receiving.ending_by(SIGHUP), GoEnding::kEnds);
}

}  // namespace
}  // namespace covenv
