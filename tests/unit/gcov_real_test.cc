// SPDX-License-Identifier: MIT
// Real programs of gcc and clang: what is read from outside is, byte for byte, what the runtime
// writes if the program ends at the same point.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "counted_program.h"
#include "shim/counters/gcov_constructors.h"
#include "shim/counters/gcov_data.h"
#include "shim/counters/gcov_name.h"
#include "shim/counters/gcov_program.h"

namespace covenv {
namespace {

using Files = std::map<std::string, std::string>;  // contents by name

/// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "covenv-gcov-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

  /// Runs a shell command in the folder.
  bool run(const std::string& command) const {
    return std::system(("cd '" + path_.string() + "' && " + command).c_str()) == 0;
  }

  /// All .gcda files, which are then no more.
  Files take_data() const {
    Files files;
    std::vector<std::filesystem::path> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
      if (entry.path().extension() == ".gcda") names.push_back(entry.path());
    }
    for (const auto& name : names) {
      files[name] = testing::contents_of(name);
      std::filesystem::remove(name);
    }
    return files;
  }

 private:
  std::filesystem::path path_;
};

/// A program that runs up to its point, says so, and waits.
class Child {
 public:
  explicit Child(const Folder& folder, const std::string& program = "./program") {
    int input[2];
    int output[2];
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      dup2(input[0], 0);
      dup2(output[1], 1);
      dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), 2);  // libgcov tells what it cannot merge
      if (chdir(folder.path().c_str()) != 0) _exit(1);
      const bool is_there = access(program.c_str(), X_OK) == 0;
      execl(is_there ? program.c_str() : "./program", "program", nullptr);
      _exit(1);
    }
    close(input[0]);
    close(output[1]);
    input_ = input[1];
    char ready = 0;
    if (read(output[0], &ready, 1) != 1) ready = 0;
    close(output[0]);
    is_ready_ = ready == 'r';
  }
  ~Child() {
    if (pid_ > 0) kill();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool is_ready() const { return is_ready_; }
  pid_t pid() const { return pid_; }

  /// By exit(), with the files that the runtime writes.
  int end() {
    const ssize_t written = write(input_, "x", 1);
    return written == 1 ? wait() : -1;
  }
  void kill() {
    ::kill(pid_, SIGKILL);
    wait();
  }

  ByteSource memory() {
    return {.context = this,
            .read_bytes = [](void* context, std::uint64_t at, std::span<char> into) {
              auto& child = *static_cast<Child*>(context);
              ++child.reads_;
              iovec local = {.iov_base = into.data(), .iov_len = into.size()};
              iovec remote = {.iov_base = reinterpret_cast<void*>(at), .iov_len = into.size()};
              return process_vm_readv(child.pid_, &local, 1, &remote, 1, 0) ==
                     static_cast<ssize_t>(into.size());
            }};
  }
  int reads() const { return reads_; }

  /// The addresses at which files are mapped, by name.
  std::map<std::string, std::uint64_t> mapped_files() const {
    std::map<std::string, std::uint64_t> files;
    std::ifstream maps("/proc/" + std::to_string(pid_) + "/maps");
    for (std::string line; std::getline(maps, line);) {
      std::istringstream words(line);
      std::string range, flags, offset, device, inode, name;
      words >> range >> flags >> offset >> device >> inode >> name;
      if (name.starts_with('/') && std::stoull(offset, nullptr, 16) == 0) {
        files.emplace(name, std::stoull(range, nullptr, 16));
      }
    }
    return files;
  }

 private:
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    close(input_);
    return status;
  }

  pid_t pid_ = -1;
  int input_ = -1;
  int reads_ = 0;
  bool is_ready_ = false;
};

GcovEnvironment no_environment() {
  return {.context = nullptr,
          .find_variable = [](void*, std::string_view) -> std::optional<std::string_view> {
            return std::nullopt;
          },
          .pid = 0};
}

struct Saved {
  int objects = 0;  ///< that have counters
  int files = 0;
  int refused = 0;
  int reads = 0;
};

void save_object(const LoadedObject& object, Saved& saved) {
  std::vector<char> room(GcovProgram::kRoom);
  GcovProgram program;
  if (!find_gcov(object, room, program)) return;
  std::vector<char> room_for_constructors(kRoomForGcovConstructors);
  EXPECT_NE(find_gcov_constructors(object.file, room_for_constructors), GcovConstructors::kNone);
  ++saved.objects;
  if (program.has_dumped()) return;
  GcovSurvey survey;
  if (!survey_gcov(program, survey)) return;
  GcovRun run = {.run_max = survey.run_max, .is_run_counted = program.is_run_counted()};
  for (std::size_t i = 0; i < program.units_count(); ++i) {
    GcovUnit unit;
    if (!program.read_unit(i, unit)) continue;
    char name[4096];
    const std::size_t length =
        make_gcov_name(program.maker(), program.read_name(unit), no_environment(), name);
    const std::string file(name, length);
    const std::string old = testing::contents_of(file);
    std::vector<char> contents(survey.largest_file + old.size());
    const GcovData data = make_gcov_data(program, unit, run, old, contents);
    if (data.outcome == GcovOutcome::kMade) {
      std::ofstream(file, std::ios::binary).write(contents.data(), static_cast<long>(data.size));
      ++saved.files;
    } else {
      ++saved.refused;
    }
  }
}

/// What a killer does.
Saved save_from_outside(Child& child) {
  Saved saved;
  for (const auto& [name, address] : child.mapped_files()) {
    const testing::OpenedElf elf(testing::contents_of(name));
    save_object({.file = elf.file(),
                 .memory = child.memory(),
                 .bias = address - elf.file().first_address()},
                saved);
  }
  saved.reads = child.reads();
  return saved;
}

// The point is in a unit without counters, so that nothing is counted behind it.
constexpr const char* kPoint = R"(
#include <stdlib.h>
#include <unistd.h>
void point(void) {
  char c = 'r';
  if (write(1, &c, 1) != 1) abort();
  if (read(0, &c, 1) == 1) exit(0);
  for (;;) pause();
}
)";

constexpr const char* kMain = R"(
#ifdef __cplusplus
extern "C" {
#endif
void point(void);
int other(int);
#ifdef __cplusplus
}
#endif
#include <stdio.h>
static int never(int x) { return x ? 1 : 2; }
static int often(int x) { int s = 0; for (int i = 0; i < x; i++) if (i % 3 == 0 && i > 5) s += i; return s; }
int main(int argc, char **argv) {
  FILE *f = fopen("round", "r");
  int rounds = 7;
  if (f) { if (fscanf(f, "%d", &rounds) != 1) rounds = 7; fclose(f); }
  int sum = often(1000);
  for (int i = 0; i < rounds; i++) sum += other(i);
  if (sum == -1) return never(argc);
  point();
  (void)argv;
  return 0;
}
)";

constexpr const char* kOther = R"(
#ifdef __cplusplus
#include <algorithm>
#include <vector>
template <typename T> struct Shared { static int twice(T x) { return x > 2 ? x * 2 : x; } };
extern "C"
#endif
int other(int x) {
#ifdef __cplusplus
  std::vector<int> v = {3, 1, x};
  std::sort(v.begin(), v.end());
  return Shared<int>::twice(v[0]);
#else
  switch (x) { case 1: return 5; case 2: return 7; default: return x; }
#endif
}
)";

constexpr const char* kThird = R"(
#ifdef __cplusplus
#include <vector>
template <typename T> struct Shared { static int twice(T x) { return x > 2 ? x * 2 : x; } };
int third(std::vector<int> v) { v.push_back(3); return Shared<int>::twice(static_cast<int>(v.size())); }
#else
int third(int x) { return x > 3 ? 1 : 0; }
#endif
#ifdef LARGE
const char large[5 << 20] = {1};
#endif
)";

constexpr const char* kThreads = R"(
#include <pthread.h>
void point(void);
void stay(void);
void await_stay(void);
static int count(int n) { int s = 0; for (int i = 0; i < n; i++) s += i & 1; return s; }
static void *run(void *p) { return count(*(int *)p) < 0 ? p : 0; }
static void *sleeper(void *p) { if (count(10) < 0) return p; stay(); return p; }
int main(void) {
  pthread_t t[4], s;
  int n = 20000;
  for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, run, &n);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
  pthread_create(&s, 0, sleeper, 0);
  await_stay();
  point();
  return 0;
}
)";

constexpr const char* kStay = R"(
#include <unistd.h>
static volatile int stays;
void stay(void) { stays = 1; for (;;) pause(); }
void await_stay(void) { while (!stays) usleep(1000); }
)";

// Two units with a copy each of one function. The linker keeps the first.
constexpr const char* kShared = R"(
inline int shared(int x) { return x > 2 ? x : 1; }
int UNIT(int x) { return shared(x) + shared(1); }
)";

constexpr const char* kSharing = R"(
extern "C" void point(void);
int first(int);
int second(int);
int main() {
  if (first(5) + second(6) > 0) point();
  return 0;
}
)";

constexpr const char* kDumping = R"(
#include <gcov.h>
void point(void);
static int count(int x) { return x > 2 ? x : 1; }
int main(void) {
  int sum = count(1) + count(7);
  __gcov_dump();
#ifdef RESETS
  __gcov_reset();
  sum += count(9);
#endif
  if (sum > 0) point();
  return 0;
}
)";

/// A compiler by its variable, for tries with others.
std::string compiler(const char* variable, const char* usual) {
  const char* const other = std::getenv(variable);
  return other != nullptr ? other : usual;
}
std::string gcc() { return compiler("COVENV_TEST_GCC", "gcc-12"); }
std::string gxx() { return compiler("COVENV_TEST_GXX", "g++-12"); }
/// For tries with other options of gcc's.
std::string coverage() { return " " + compiler("COVENV_TEST_COVERAGE", "--coverage") + " "; }
std::string clang() { return compiler("COVENV_TEST_CLANG", "clang-14"); }
std::string clangxx() { return compiler("COVENV_TEST_CLANGXX", "clang++-14"); }

struct Program {
  const char* name;
  std::string build;  ///< a command that makes ./program
  std::size_t files = 0;
};

std::ostream& operator<<(std::ostream& out, const Program& program) { return out << program.name; }

std::string c(const std::string& compile, const std::string& options) {
  return compile + " -c point.c stay.c && " + compile + coverage() +
         "main.c other.c third.c point.o -o program " + options;
}
std::string cxx(const std::string& compile, const std::string& compile_c,
                const std::string& options) {
  return compile_c + " -c point.c && " + compile + coverage() +
         "main.cc other.cc third.cc point.o -o program " + options;
}
std::string threads(const std::string& compile, const std::string& options) {
  return compile + " -c point.c stay.c && " + compile + coverage() +
         "-fprofile-update=atomic threads.c point.o stay.o -pthread -o program " + options;
}
std::string library(const std::string& compile, const std::string& options) {
  return compile + coverage() + "-fPIC -shared other.c third.c -o libother.so && " + compile +
         " -c point.c && " + compile + coverage() +
         "main.c point.o ./libother.so -Wl,-rpath,$PWD -o program " + options;
}

#if defined(__x86_64__)
/// One unit's tables are resolved into code, and the others' are not.
std::string mixed(const std::string& compile, const std::string& options) {
  return compile + " -c point.c && " + compile + coverage() + "-c main.c third.c && " + compile +
         coverage() + "-O2 -c other.c && " + compile + coverage() +
         "main.o other.o third.o point.o -o program " + options;
}
/// The code of a unit with many functions has a loop.
std::string many(const std::string& compile, const std::string& options) {
  return "for i in $(seq 300); do echo \"int f$i(int x) { return x > $i ? x : $i; }\"; done "
         ">third.c && " +
         c(compile, options);
}
#endif

std::string dumping(const std::string& compile, const std::string& options) {
  return compile + " -c point.c && " + compile + coverage() + "dumping.c point.o -o program " +
         options;
}
/// Two programs of the same object files.
std::string sharing(const std::string& compile, const std::string& compile_c) {
  return compile_c + " -c point.c && " + compile + coverage() + "-c sharing.cc && " + compile +
         coverage() + "-DUNIT=first -c shared.cc -o first.o && " + compile + coverage() +
         "-DUNIT=second -c shared.cc -o second.o && " + compile + coverage() +
         "sharing.o first.o second.o point.o -o program && " + compile + coverage() +
         "sharing.o second.o first.o point.o -o other_program";
}

std::vector<Program> few_programs() {
  return {{"gcc_c", c(gcc(), ""), 3},
          {"gcc_cxx", cxx(gxx(), gcc(), ""), 3},
          {"clang_c", c(clang(), ""), 3}};
}

std::vector<Program> programs() {
  const std::string strip = "&& strip program";
  return {
      {"gcc_c", c(gcc(), ""), 3},
      {"gcc_c_optimised", c(gcc(), "-O2"), 3},
      {"gcc_c_stripped", c(gcc(), strip), 3},
      {"gcc_c_static", c(gcc(), "-static"), 3},
      {"gcc_c_static_stripped", c(gcc(), "-static " + strip), 3},
      {"gcc_c_static_pie", c(gcc(), "-static-pie -fPIE"), 3},
      {"gcc_c_not_pie", c(gcc(), "-no-pie -fno-pie"), 3},
      {"gcc_c_atomic", c(gcc(), "-fprofile-update=atomic"), 3},
      {"gcc_c_link_time", c(gcc(), "-flto -O2"), 3},
      {"gcc_cxx", cxx(gxx(), gcc(), ""), 3},
      {"gcc_cxx_stripped", cxx(gxx(), gcc(), strip), 3},
      {"gcc_library", library(gcc(), ""), 3},
      {"gcc_library_stripped", library(gcc(), "&& strip program libother.so"), 3},
      {"gcc_threads", threads(gcc(), ""), 1},
      {"gcc_reset", dumping(gcc(), "-DRESETS"), 1},
      {"gcc_reset_stripped", dumping(gcc(), "-DRESETS " + strip), 1},
      {"gcc_shared_function", sharing(gxx(), gcc()), 3},
      {"clang_c", c(clang(), ""), 3},
      {"clang_c_stripped", c(clang(), strip), 3},
      {"clang_c_static", c(clang(), "-static"), 3},
      {"clang_c_not_pie", c(clang(), "-no-pie -fno-pie"), 3},
      {"clang_c_not_pie_large", c(clang(), "-no-pie -fno-pie -DLARGE"), 3},
      {"clang_c_not_pie_stripped", c(clang(), "-no-pie -fno-pie " + strip), 3},
      {"clang_c_version", c(clang(), "-Xclang -coverage-version=B01*"), 3},
      {"clang_cxx", cxx(clangxx(), clang(), ""), 3},
      {"clang_library", library(clang(), ""), 3},
      {"clang_threads", threads(clang(), ""), 1},
  };
}

#if defined(__x86_64__)
std::vector<Program> optimised_programs() {
  const std::string strip = "&& strip program";
  return {
      {"clang_c_O1", c(clang(), "-O1"), 3},
      {"clang_c_O2", c(clang(), "-O2"), 3},
      {"clang_c_O3", c(clang(), "-O3"), 3},
      {"clang_c_Os", c(clang(), "-Os"), 3},
      {"clang_c_Oz", c(clang(), "-Oz"), 3},
      {"clang_c_stripped", c(clang(), "-O2 " + strip), 3},
      {"clang_c_static", c(clang(), "-O2 -static"), 3},
      {"clang_c_static_stripped", c(clang(), "-O2 -static " + strip), 3},
      {"clang_c_not_pie", c(clang(), "-O2 -no-pie -fno-pie"), 3},
      {"clang_c_frame_pointers", c(clang(), "-O2 -fno-omit-frame-pointer"), 3},
      {"clang_c_branch_protection", c(clang(), "-O2 -fcf-protection"), 3},
      {"clang_c_large_code", c(clang(), "-O2 -mcmodel=large"), 3},
      {"clang_c_link_time", c(clang(), "-O2 -flto"), 3},
      {"clang_c_O1_many_functions", many(clang(), "-O1"), 3},
      {"clang_c_O2_many_functions", many(clang(), "-O2"), 3},
      {"clang_c_O3_many_functions", many(clang(), "-O3"), 3},
      {"clang_c_Oz_many_functions", many(clang(), "-Oz"), 3},
      {"clang_c_mixed", mixed(clang(), ""), 3},
      {"clang_c_mixed_stripped", mixed(clang(), strip), 3},
      {"clang_cxx", cxx(clangxx(), clang(), "-O2"), 3},
      {"clang_library", library(clang() + " -O2", ""), 3},
      {"clang_library_no_plt", library(clang() + " -O2 -fno-plt", ""), 3},
      {"clang_threads", threads(clang(), "-O2"), 1},
  };
}
#endif

class RealGcov : public ::testing::TestWithParam<Program> {
 protected:
  void SetUp() override {
    for (const char* suffix : {".c", ".cc"}) {
      folder_.write(std::string("main") + suffix, kMain);
      folder_.write(std::string("other") + suffix, kOther);
      folder_.write(std::string("third") + suffix, kThird);
    }
    folder_.write("point.c", kPoint);
    folder_.write("stay.c", kStay);
    folder_.write("threads.c", kThreads);
    folder_.write("shared.cc", kShared);
    folder_.write("sharing.cc", kSharing);
    folder_.write("dumping.c", kDumping);
    ASSERT_TRUE(folder_.run(GetParam().build)) << GetParam().build;
  }

  /// Rounds of the program: n for a normal end, o for a save from outside and SIGKILL.
  Files run(const std::string& rounds) {
    int number = 3;
    for (const char round : rounds) {
      folder_.write("round", std::to_string(number));
      Child child(folder_, number++ % 2 != 0 ? "./program" : "./other_program");
      EXPECT_TRUE(child.is_ready());
      if (round == 'n') {
        EXPECT_EQ(child.end(), 0);
        continue;
      }
      const Saved saved = save_from_outside(child);
      EXPECT_EQ(saved.refused, 0);
      EXPECT_EQ(static_cast<std::size_t>(saved.files), GetParam().files);
      child.kill();
    }
    return folder_.take_data();
  }

  Folder folder_;
};

TEST_P(RealGcov, WritesTheBytesOfTheRuntime) {
  for (const auto& [outside, normal] :
       {std::pair("o", "n"), std::pair("ooo", "nnn"), std::pair("noon", "nnnn")}) {
    const Files expected = run(normal);
    EXPECT_EQ(expected.size(), GetParam().files);
    const Files written = run(outside);
    ASSERT_EQ(written.size(), expected.size());
    for (const auto& [name, contents] : expected) {
      EXPECT_FALSE(contents.empty()) << name;
      EXPECT_TRUE(written.at(name) == contents) << name << " after " << outside;
    }
  }
}

/// Damages of a file: cuts, bits, words.
std::string damaged(std::string contents, std::size_t variant) {
  const std::size_t at = variant / 3 * 8 % (contents.size() - 4) / 4 * 4;
  switch (variant % 3) {
    case 0:
      contents.resize(at + 4);
      break;
    case 1:
      contents[at] = static_cast<char>(contents[at] ^ 1);
      break;
    default:
      contents.replace(at, 4, std::string("\xf0\xff\xff\xff", 4));
      break;
  }
  return contents;
}

class RealGcovDumped : public RealGcov {};

TEST_P(RealGcovDumped, IsNotWrittenAgain) {
  Child child(folder_);
  const Files dumped = folder_.take_data();
  EXPECT_EQ(dumped.size(), 1U);
  const Saved saved = save_from_outside(child);
  EXPECT_EQ(saved.objects, 1);
  EXPECT_EQ(saved.files, 0);
  EXPECT_EQ(child.end(), 0);
  EXPECT_THAT(folder_.take_data(), ::testing::IsEmpty()) << "the runtime does not either";
}

INSTANTIATE_TEST_SUITE_P(Programs, RealGcovDumped,
                         ::testing::Values(Program{"gcc", dumping(gcc(), "")},
                                           Program{"gcc_stripped",
                                                   dumping(gcc(), "&& strip program")}),
                         [](const auto& information) { return information.param.name; });

class RealGcovProfile : public RealGcov {};

TEST_P(RealGcovProfile, IsRefused) {
  Child child(folder_);
  const Saved saved = save_from_outside(child);
  EXPECT_EQ(saved.objects, 1);
  EXPECT_EQ(saved.files, 0);
  EXPECT_EQ(saved.refused, 3);
}

INSTANTIATE_TEST_SUITE_P(Programs, RealGcovProfile,
                         ::testing::Values(Program{
                             "gcc_generate",
                             gcc() + " -c point.c && " + gcc() +
                                 " -fprofile-generate main.c other.c third.c point.o -o program"}),
                         [](const auto& information) { return information.param.name; });

class RealGcovFile : public RealGcov {};

TEST_P(RealGcovFile, IsTreatedAsByTheRuntimeIfDamaged) {
  const bool is_clang = std::string(GetParam().name).starts_with("clang");
  const Files files = run("n");
  const auto put = [&](std::size_t variant) {
    for (const auto& [name, contents] : files) {
      std::ofstream(name, std::ios::binary) << damaged(contents, variant);
    }
  };
  std::size_t made = 0;
  for (std::size_t variant = 0; variant < 40; ++variant) {
    put(variant);
    Child normal(folder_);
    // libgcov aborts if a summary has no length.
    EXPECT_THAT(normal.end(), ::testing::AnyOf(0, SIGABRT));
    const Files expected = folder_.take_data();
    put(variant);
    Child child(folder_);
    save_from_outside(child);
    child.kill();
    for (const auto& [name, contents] : folder_.take_data()) {
      // clang's runtime damages a file that it cannot merge.
      const bool is_kept = contents == damaged(files.at(name), variant);
      if (is_clang && is_kept) continue;
      EXPECT_EQ(contents, expected.at(name)) << name << " variant " << variant;
      if (!is_kept) ++made;
    }
  }
  EXPECT_GT(made, 5U);
}

INSTANTIATE_TEST_SUITE_P(Programs, RealGcov, ::testing::ValuesIn(programs()),
                         [](const auto& information) { return information.param.name; });

#if defined(__x86_64__)
INSTANTIATE_TEST_SUITE_P(OptimisedPrograms, RealGcov, ::testing::ValuesIn(optimised_programs()),
                         [](const auto& information) { return information.param.name; });
#endif

INSTANTIATE_TEST_SUITE_P(Programs, RealGcovFile, ::testing::ValuesIn(few_programs()),
                         [](const auto& information) { return information.param.name; });

}  // namespace
}  // namespace covenv
