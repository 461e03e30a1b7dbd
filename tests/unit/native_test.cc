// SPDX-License-Identifier: MIT
// What the room `native` sees of this very process, and the files that it writes for it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "counted_program.h"
#include "shim/native/memo.h"
#include "shim/native/object_file.h"
#include "shim/native/output_file.h"
#include "shim/native/room.h"
#include "shim/native/subject.h"
#include "shim/proc/kernel.h"
#include "shim/proc/process.h"

namespace covenv {
namespace {

TEST(Memo, RemembersAKeyOfAllItsNumbers) {
  const std::uint64_t key = memo_key({1, 2, 3});
  EXPECT_NE(key, memo_key({1, 2, 4}));
  EXPECT_NE(key, memo_key({2, 1, 3}));
  EXPECT_NE(key, memo_key({1, 2, 3, 0}));
  EXPECT_FALSE(is_remembered_key(key));
  remember_key(key);
  EXPECT_TRUE(is_remembered_key(key));
}

TEST(Memo, ForgetsOnlyIfItIsFull) {
  for (std::uint64_t i = 0; i < 100; ++i) remember_key(memo_key({77, i}));
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_TRUE(is_remembered_key(memo_key({77, i}))) << i;
}

TEST(KeptRoom, IsKeptForTheNextScopeAndIsAnotherOneInAScopeWithin) {
  constexpr std::size_t kSize = 8192;
  const auto place = [](const KeptRoom<kSize>& room) { return room.bytes().data(); };
  const char* kept = nullptr;
  {
    const KeptRoom<kSize> outer;
    const KeptRoom<kSize> inner;
    ASSERT_EQ(outer.bytes().size(), kSize);
    ASSERT_EQ(inner.bytes().size(), kSize);
    outer.bytes().back() = inner.bytes().back() = 'x';
    EXPECT_NE(place(outer), place(inner));
    kept = place(inner);  // ends first
  }
  EXPECT_EQ(place(KeptRoom<kSize>()), kept);
  EXPECT_EQ(place(KeptRoom<kSize>()), kept);
}

TEST(Subject, ReadsMemoryAndIsNotDenied) {
  Subject self(getpid());
  const int secret = 4711;
  int read = 0;
  EXPECT_TRUE(self.memory().read(reinterpret_cast<std::uint64_t>(&secret), read));
  EXPECT_EQ(read, secret);
  EXPECT_FALSE(self.memory().read(8, read)) << "no page lies there";
  EXPECT_FALSE(self.is_denied());
}

TEST(Subject, FindsAVariableOfTheStart) {
  Subject self(getpid());
  const char* const path = std::getenv("PATH");
  ASSERT_NE(path, nullptr);
  std::vector<char> room(65536);
  EXPECT_EQ(self.find_variable("PATH", room), std::string_view(path));
  EXPECT_EQ(self.find_variable("PAT", room), std::nullopt);
  EXPECT_EQ(self.find_variable("PATH", std::span(room).first(1)), std::nullopt) << "no room";
}

TEST(Subject, IsNoneIfItHasEnded) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t ended = {};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  FileIdentity identity;
  EXPECT_FALSE(Subject(child).identify_program(identity));
  waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED);
}

TEST(ObjectFile, TheProgramAndItsLibrariesAreFoundWithTheirBias) {
  struct Seen {
    std::uint64_t program_bias = 0;
    int programs = 0;
    int objects = 0;
  } seen;
  Subject self(getpid());
  std::vector<char> room(kRoomForObjectFiles);
  for_each_object_file(
      self, room,
      {.context = &seen, .visit = [](void* context, ObjectFile& object) {
         auto& into = *static_cast<Seen*>(context);
         std::vector<char> elf(ElfFile::kRoom);
         ASSERT_TRUE(object.open(elf));
         ++into.objects;
         if (!object.is_program()) return;
         ++into.programs;
         Symbol main[] = {{.name = "main"}};
         ASSERT_EQ(object.loaded().file.find_symbols(main), 1U);
         into.program_bias = object.loaded().bias;
         unsigned char code = 0;
         EXPECT_TRUE(object.loaded().memory.read(main[0].address + into.program_bias, code));
       }});
  EXPECT_EQ(seen.programs, 1);
  EXPECT_GT(seen.objects, 1);
}

class OutputFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/covenv-native-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    ASSERT_TRUE(read_status(kKernel, getpid(), status_));
  }

  void TearDown() override { ASSERT_EQ(std::system(("rm -r " + folder_).c_str()), 0); }

  std::string in(const std::string& name) const { return folder_ + "/" + name; }

  static mode_t mode_of(const std::string& path) {
    struct stat status = {};
    return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }

  std::string folder_;
  ProcessStatus status_;
  Subject self_{getpid()};
  std::vector<char> room_ = std::vector<char>(Subject::kMaxPath);
};

TEST_F(OutputFileTest, IsMadeWithItsFoldersAndTheUmaskOfTheProgram) {
  status_.umask = 027;
  OutputFile file;
  ASSERT_TRUE(file.open(self_, status_, in("a/b/file"), room_));
  ASSERT_TRUE(file.begin_writes(0, 5));
  ASSERT_TRUE(file.sink().write(std::string_view("bytes")));
  EXPECT_EQ(testing::contents_of(in("a/b/file")), "bytes");
  EXPECT_EQ(mode_of(in("a/b/file")), 0640U);
  EXPECT_EQ(mode_of(in("a/b")), 0750U);
}

TEST_F(OutputFileTest, UndoTakesBackWhatWasWritten) {
  {
    OutputFile file;
    ASSERT_TRUE(file.open(self_, status_, in("new"), room_));
    ASSERT_TRUE(file.begin_writes(0, 1) && file.sink().write(std::string_view("x")));
    file.undo();
  }
  EXPECT_NE(access(in("new").c_str(), F_OK), 0);
  { std::ofstream(in("old")) << "kept"; }
  {
    OutputFile file;
    ASSERT_TRUE(file.open(self_, status_, in("old"), room_));
    ASSERT_EQ(file.size(), 4U);
    ASSERT_TRUE(file.begin_writes(4, 4) && file.sink().write(std::string_view("more")));
    file.undo();
  }
  EXPECT_EQ(testing::contents_of(in("old")), "kept");
}

TEST_F(OutputFileTest, DeviceIsNotWantedAndAPipeIsNotOpened) {
  OutputFile null;
  EXPECT_FALSE(null.open(self_, status_, "/dev/null", room_));
  EXPECT_TRUE(null.is_unwanted());
  ASSERT_EQ(mkfifo(in("pipe").c_str(), 0600), 0);
  OutputFile pipe;
  EXPECT_FALSE(pipe.open(self_, status_, in("pipe"), room_));
  EXPECT_FALSE(pipe.is_unwanted());
}

TEST_F(OutputFileTest, NewFileIsNotMadeInThePlaceOfAnother) {
  { std::ofstream(in("there")) << "kept"; }
  OutputFile file;
  EXPECT_FALSE(file.create(self_, status_, in("there"), room_));
  EXPECT_EQ(testing::contents_of(in("there")), "kept");
}

// As root for a program of another user: that user's word must not lead to a file of ours.
TEST_F(OutputFileTest, RootWritesForAnotherUserWhereThatUserMay) {
  ASSERT_EQ(geteuid(), 0U) << "the tests run as root";
  status_.user = 65534;
  status_.group = 65534;
  OutputFile in_ours;
  EXPECT_FALSE(in_ours.open(self_, status_, in("file"), room_)) << "a folder of mode 0700";
  ASSERT_EQ(mkdir(in("theirs").c_str(), 0755), 0);
  ASSERT_EQ(chown(in("theirs").c_str(), 65534, 65534), 0);
  ASSERT_EQ(symlink(in("secret").c_str(), in("theirs/link").c_str()), 0);
  { std::ofstream(in("secret")) << "kept"; }
  OutputFile linked;
  EXPECT_FALSE(linked.open(self_, status_, in("theirs/link"), room_));
  OutputFile in_theirs;
  ASSERT_TRUE(in_theirs.open(self_, status_, in("theirs/file"), room_));
  struct stat made = {};
  ASSERT_EQ(stat(in("theirs/file").c_str(), &made), 0);
  EXPECT_EQ(made.st_uid, 65534U);
}

/// Whether another process gets the lock that libgcov and LLVM's runtime take.
bool another_process_may_lock(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    const int other = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    _exit(fcntl(other, F_SETLK, &lock) == 0 ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status == 0;
}

TEST_F(OutputFileTest, LockIsThatOfTheRuntimesAndEndsWithTheFile) {
  {
    OutputFile file;
    ASSERT_TRUE(file.open(self_, status_, in("file"), room_));
    EXPECT_FALSE(another_process_may_lock(in("file")));
  }
  EXPECT_TRUE(another_process_may_lock(in("file")));
}

TEST_F(OutputFileTest, LockDoesNotGoOnInAForkedChild) {
  int life[2];
  ASSERT_EQ(pipe(life), 0);
  pid_t child = 0;
  {
    OutputFile file;
    ASSERT_TRUE(file.open(self_, status_, in("file"), room_));
    child = fork();
    if (child == 0) {
      close(life[1]);
      char byte;
      _exit(read(life[0], &byte, 1) == 0 ? 0 : 1);
    }
  }
  EXPECT_TRUE(another_process_may_lock(in("file")));
  close(life[1]);
  close(life[0]);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

TEST_F(OutputFileTest, OneThreadOfAProcessWritesAtATime) {
  OutputFile first;
  ASSERT_TRUE(first.open(self_, status_, in("one"), room_));
  std::vector<char> room(Subject::kMaxPath);
  OutputFile second;
  EXPECT_FALSE(second.open(self_, status_, in("two"), room));
}

TEST_F(OutputFileTest, LinkIsNotFollowedBelowAnotherRoot) {
  // The child's root is a folder, in which `link` leads to a folder of ours.
  ASSERT_EQ(mkdir(in("jail").c_str(), 0755), 0);
  ASSERT_EQ(mkdir(in("ours").c_str(), 0755), 0);
  ASSERT_EQ(symlink(in("ours").c_str(), in("jail/link").c_str()), 0);
  int ready[2];
  int life[2];
  ASSERT_EQ(pipe(ready) + pipe(life), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(life[1]);
    char byte = 0;
    const bool is_in = chroot(in("jail").c_str()) == 0 && write(ready[1], "", 1) == 1;
    _exit(is_in && read(life[0], &byte, 1) == 0 ? 0 : 1);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const Subject jailed(child);
  {
    OutputFile linked;
    EXPECT_FALSE(linked.open(jailed, status_, "/link/file", room_));
    OutputFile inside;
    EXPECT_TRUE(inside.open(jailed, status_, "/file", room_));
  }
  EXPECT_NE(access(in("ours/file").c_str(), F_OK), 0);
  EXPECT_EQ(access(in("jail/file").c_str(), F_OK), 0);
  close(life[1]);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

}  // namespace
}  // namespace covenv
