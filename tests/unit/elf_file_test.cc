// SPDX-License-Identifier: MIT
#include "shim/counters/elf_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <link.h>

#include <vector>

#include "counted_program.h"

extern "C" {
int elf_file_test_counter = 42;
}

namespace covenv {
namespace {

// A local symbol.
int elf_file_test_static[3] = {1, 2, 3};

using testing::OpenedElf;

std::uint64_t own_bias() {
  std::uint64_t bias = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* into) {
        *static_cast<std::uint64_t*>(into) = info->dlpi_addr;
        return 1;
      },
      &bias);
  return bias;
}

TEST(ElfFile, FindsTheSectionsAndSymbolsOfThisProgram) {
  const OpenedElf elf(testing::contents_of("/proc/self/exe"));
  ASSERT_TRUE(elf.file().is_sound());
  const std::optional<Section> data = elf.file().find_section(".data");
  ASSERT_TRUE(data.has_value());
  EXPECT_TRUE(data->is_loaded());
  EXPECT_FALSE(elf.file().find_section(".comment")->is_loaded());
  EXPECT_FALSE(elf.file().find_section(".no_such_section").has_value());

  Symbol symbols[] = {{.name = "elf_file_test_counter"}, {.name = "elf_file_test_no_such"}};
  EXPECT_EQ(elf.file().find_symbols(symbols), 1U);
  EXPECT_EQ(symbols[0].address + own_bias(),
            reinterpret_cast<std::uint64_t>(&elf_file_test_counter));
  // AddressSanitizer puts a zone behind it.
  EXPECT_GE(symbols[0].size, sizeof(elf_file_test_counter));
  EXPECT_GE(symbols[0].address, data->address);
  EXPECT_FALSE(symbols[1].is_found);
}

TEST(ElfFile, VisitsEachSymbolOfAName) {
  const OpenedElf elf(testing::contents_of("/proc/self/exe"));
  std::vector<std::uint64_t> addresses;
  elf.file().for_each_symbol(
      "_ZN6covenv12_GLOBAL__N_120elf_file_test_staticE",
      [](void* context, const Symbol& symbol) {
        static_cast<std::vector<std::uint64_t>*>(context)->push_back(symbol.address);
      },
      &addresses);
  EXPECT_THAT(addresses, ::testing::ElementsAre(
                             reinterpret_cast<std::uint64_t>(&elf_file_test_static) - own_bias()));
}

TEST(ElfFile, IsNotSoundIfTheBytesAreNoElfFile) {
  EXPECT_FALSE(OpenedElf("").file().is_sound());
  EXPECT_FALSE(OpenedElf("#!/bin/sh\n").file().is_sound());
  EXPECT_FALSE(OpenedElf(std::string(4096, '\x7f')).file().is_sound());
}

TEST(ElfFile, SurvivesACutFile) {
  const std::string whole = testing::contents_of("/proc/self/exe");
  for (std::size_t size = 0; size < whole.size(); size = size * 5 / 4 + 1) {
    const OpenedElf elf(whole.substr(0, size));
    Symbol symbols[] = {{.name = "elf_file_test_counter"}};
    EXPECT_EQ(elf.file().find_symbols(symbols), 0U) << "the section headers are last in the file";
  }
}

}  // namespace
}  // namespace covenv
