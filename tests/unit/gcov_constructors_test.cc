// SPDX-License-Identifier: MIT
// Real programs of gcc and clang whose constructors are laid out in each way, and one of 16 MiB
// that has no counters.
#include "shim/counters/gcov_constructors.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "counted_program.h"

namespace covenv {
namespace {

struct Build {
  const char* name;
  std::string command;  ///< makes ./program of one.c and two.c
  GcovConstructors expected;
};

std::ostream& operator<<(std::ostream& out, const Build& build) { return out << build.name; }

std::string gcc(const std::string& options) {
  return "gcc-12 --coverage " + options + " one.c two.c -o program";
}
std::string clang(const std::string& options) {
  return "clang-14 --coverage " + options + " one.c two.c -o program";
}

class GcovConstructorsOf : public ::testing::TestWithParam<Build> {
 protected:
  GcovConstructorsOf() {
    std::string name = std::filesystem::temp_directory_path() / "covenv-constructors-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
    std::ofstream(folder_ / "one.c")
        << "int two(int); int main(int c, char **v) { (void)v; return two(c) > 3; }\n";
    // The program has constructors of its own, one of which hands two functions to another.
    std::ofstream(folder_ / "two.c") << R"(
#include <stdlib.h>
static int values[4] = {1, 2, 3, 4};
static void leave(void) { values[0]++; }
static void leave_late(void) { values[1]++; }
__attribute__((constructor)) static void enter(void) { atexit(leave); values[2] += atexit(leave_late); }
__attribute__((destructor)) static void end(void) { values[3]++; }
int two(int x) { return x > 1 ? values[x & 3] : x + 1; }
#ifdef LARGE
__asm__(".section .rodata\n.fill 0x1000000, 1, 0x42\n.text");
#endif
)";
  }
  ~GcovConstructorsOf() override { std::filesystem::remove_all(folder_); }

  std::string built(const std::string& command) const {
    const std::string all = "cd '" + folder_.string() + "' && " + command + " && strip program";
    return std::system(all.c_str()) == 0 ? testing::contents_of(folder_ / "program")
                                         : std::string();
  }

  std::filesystem::path folder_;
};

TEST_P(GcovConstructorsOf, AreFoundInAStrippedProgram) {
  testing::OpenedElf elf(built(GetParam().command));
  ASSERT_TRUE(elf.file().is_sound());
  const int reads_before = elf.bytes().reads();
  std::vector<char> room(kRoomForGcovConstructors);
#if defined(__x86_64__)
  EXPECT_EQ(find_gcov_constructors(elf.file(), room), GetParam().expected);
  EXPECT_LE(elf.bytes().reads() - reads_before, 32) << "of 4 KiB at most";
#else
  EXPECT_EQ(find_gcov_constructors(elf.file(), room), GcovConstructors::kUnclear);
#endif
}

constexpr GcovConstructors kOfGcc = GcovConstructors::kOfGcc;
constexpr GcovConstructors kUnclear = GcovConstructors::kUnclear;
constexpr GcovConstructors kNone = GcovConstructors::kNone;

INSTANTIATE_TEST_SUITE_P(
    Programs, GcovConstructorsOf,
    ::testing::Values(
        Build{"gcc", gcc("-O0"), kOfGcc}, Build{"gcc_optimised", gcc("-O2"), kOfGcc},
        Build{"gcc_not_pie", gcc("-no-pie -fno-pie"), kOfGcc},
        Build{"gcc_static", gcc("-static"), kOfGcc},
        Build{"gcc_static_pie", gcc("-static-pie -fPIE"), kOfGcc},
        Build{"gcc_library", gcc("-shared -fPIC"), kOfGcc},
        Build{"gcc_link_time", gcc("-flto -O0"), kOfGcc},
        Build{"gcc_link_time_optimised", gcc("-flto -O2"), kOfGcc},
        Build{"gcc_protected", gcc("-fstack-protector-all -fcf-protection=full"), kOfGcc},
        Build{"gcc_patchable", gcc("-fpatchable-function-entry=24,4"), kOfGcc},
        Build{"gcc_split_stack", gcc("-fsplit-stack"), kOfGcc},
        Build{"gcc_medium", gcc("-mcmodel=medium"), kOfGcc},
        Build{"gcc_large", gcc("-mcmodel=large"), kUnclear},
        Build{"gcc_large_optimised", gcc("-mcmodel=large -O2"), kUnclear},
        Build{"gcc_large_not_pie", gcc("-mcmodel=large -no-pie -fno-pie"), kOfGcc},
        Build{"gcc_relative_relocations", gcc("-Wl,-z,pack-relative-relocs"), kOfGcc},
        Build{"gcc_unsorted_relocations", gcc("-Wl,-z,nocombreloc"), kOfGcc},
        Build{"clang", clang("-O0"), kUnclear}, Build{"clang_optimised", clang("-O2"), kUnclear},
        Build{"clang_small", clang("-Os -no-pie -fno-pie"), kUnclear},
        Build{"clang_not_pie", clang("-no-pie -fno-pie"), kUnclear},
        Build{"clang_not_pie_optimised", clang("-O2 -no-pie -fno-pie"), kUnclear},
        Build{"clang_static", clang("-static"), kUnclear},
        Build{"clang_library", clang("-shared -fPIC"), kUnclear},
        Build{"clang_protected", clang("-fstack-protector-all -fcf-protection=full"), kUnclear},
        Build{"clang_large", clang("-mcmodel=large"), kUnclear},
        Build{"clang_large_optimised", clang("-mcmodel=large -O2"), kUnclear},
        Build{"clang_large_not_pie", clang("-mcmodel=large -O2 -no-pie -fno-pie"), kUnclear},
        Build{"none_gcc", "gcc-12 -O2 one.c two.c -o program", kNone},
        Build{"none_gcc_not_pie", "gcc-12 -no-pie -fno-pie one.c two.c -o program", kNone},
        Build{"none_gcc_large", "gcc-12 -O2 -DLARGE one.c two.c -o program", kNone},
        Build{"none_gcc_static", "gcc-12 -static one.c two.c -o program", kNone},
        Build{"none_clang", "clang-14 one.c two.c -o program", kNone},
        Build{"none_clang_optimised", "clang-14 -O2 -no-pie -fno-pie one.c two.c -o program",
              kNone}),
    [](const auto& information) { return information.param.name; });

}  // namespace
}  // namespace covenv
