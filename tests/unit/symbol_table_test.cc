// SPDX-License-Identifier: MIT
#include "shim/core/symbol_table.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace covenv {
namespace {

SymbolTable table_of(const link_map& object) { return {object.l_ld, object.l_addr}; }

template <typename T>
const T* entry_of(const link_map& object, ElfW(Sxword) tag) {
  for (const ElfW(Dyn)* entry = object.l_ld; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == tag) return reinterpret_cast<const T*>(entry->d_un.d_ptr);
  }
  return nullptr;
}

class Library {
 public:
  explicit Library(const std::string& path, int flags = 0)
      : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | flags)) {
    EXPECT_NE(handle_, nullptr) << dlerror();
    EXPECT_EQ(dlinfo(handle_, RTLD_DI_LINKMAP, &object_), 0);
  }
  ~Library() { dlclose(handle_); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  void* by_dlsym(const char* name) const { return dlsym(handle_, name); }
  void* by_table(const char* name) const { return table_of(*object_).find(SymbolName(name)); }
  const link_map& object() const { return *object_; }

 private:
  void* handle_;
  link_map* object_ = nullptr;
};

int call(void* function) { return reinterpret_cast<int (*)()>(function)(); }

/// Tests that run twice: on a library with DT_GNU_HASH, and on one with DT_HASH alone.
class SymbolTableTest : public testing::TestWithParam<const char*> {
 protected:
  Library library{GetParam()};
};

TEST_P(SymbolTableTest, HasTheHashTableThatTheCaseIsNamedAfter) {
  EXPECT_EQ(entry_of<void>(library.object(), DT_GNU_HASH) != nullptr,
            std::strstr(GetParam(), "sysv") == nullptr);
}

TEST_P(SymbolTableTest, FindsTheDefaultOfTwoVersions) {
  ASSERT_NE(library.by_table("two_versions"), nullptr);
  EXPECT_EQ(call(library.by_table("two_versions")), 2);
}

TEST_P(SymbolTableTest, FindsASymbolWithoutVersion) {
  ASSERT_NE(library.by_table("without_version"), nullptr);
  EXPECT_EQ(call(library.by_table("without_version")), 3);
}

TEST_P(SymbolTableTest, FindsAVariable) {
  ASSERT_NE(library.by_table("a_variable"), nullptr);
  EXPECT_EQ(*static_cast<int*>(library.by_table("a_variable")), 4);
}

TEST_P(SymbolTableTest, NeitherNorDlsymFindsWhatIsThereForOldProgramsOnly) {
  EXPECT_EQ(library.by_table("only_old"), nullptr);
  EXPECT_EQ(library.by_dlsym("only_old"), nullptr);
}

TEST_P(SymbolTableTest, DoesNotFindWhatAnotherLibraryDefines) {
  EXPECT_EQ(library.by_table("undefined_here"), nullptr);
}

TEST_P(SymbolTableTest, DoesNotFindWhatAResolverChooses) {
  EXPECT_NE(library.by_dlsym("by_a_resolver"), nullptr);
  EXPECT_EQ(library.by_table("by_a_resolver"), nullptr);
}

TEST_P(SymbolTableTest, DoesNotFindThreadLocals) {
  EXPECT_EQ(library.by_table("thread_local_variable"), nullptr);
}

TEST_P(SymbolTableTest, DoesNotFindAbsentNames) {
  EXPECT_EQ(library.by_table("absent"), nullptr);
  EXPECT_EQ(library.by_table(""), nullptr);
  EXPECT_EQ(library.by_table("two_version"), nullptr);
  EXPECT_EQ(library.by_table("two_versions_"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(Hashes, SymbolTableTest,
                         testing::Values(COVENV_VERSIONED_GNU, COVENV_VERSIONED_SYSV));

/// All names that a DT_GNU_HASH table leads to, of any kind.
std::vector<const char*> all_names(const link_map& object) {
  const auto* const header = entry_of<std::uint32_t>(object, DT_GNU_HASH);
  const auto* const symbols = entry_of<ElfW(Sym)>(object, DT_SYMTAB);
  const auto* const strings = entry_of<char>(object, DT_STRTAB);
  const std::uint32_t bucket_count = header[0];
  const std::uint32_t first = header[1];
  const std::uint32_t* const buckets = header + 4 + header[2] * sizeof(ElfW(Addr)) / 4;
  const std::uint32_t* const chains = buckets + bucket_count;
  std::vector<const char*> names;
  for (std::uint32_t bucket = 0; bucket < bucket_count; ++bucket) {
    if (buckets[bucket] < first) continue;
    for (std::uint32_t i = buckets[bucket];; ++i) {
      names.push_back(strings + symbols[i].st_name);
      if ((chains[i - first] & 1) != 0) break;
    }
  }
  return names;
}

class SystemLibraryTest : public testing::TestWithParam<const char*> {};

/// Left out are symbols that have no address to compare: IFUNCs, thread-locals, absolute symbols.
TEST_P(SystemLibraryTest, EachNameLeadsWhereDlsymLeads) {
  const Library library(GetParam(), RTLD_NOLOAD);
  const std::vector<const char*> names = all_names(library.object());
  std::size_t found = 0;
  std::vector<std::string> different;
  for (const char* const name : names) {
    void* const address = library.by_table(name);
    if (address == nullptr) continue;
    ++found;
    if (address != library.by_dlsym(name)) different.emplace_back(name);
  }
  EXPECT_THAT(different, testing::IsEmpty());
  EXPECT_GT(found * 10, names.size() * 7) << found << " of " << names.size();
}

INSTANTIATE_TEST_SUITE_P(Libraries, SystemLibraryTest,
                         testing::Values("libc.so.6", "libm.so.6", "libstdc++.so.6"));

TEST(SymbolTable, FindsWithTheBiasThatMuslLeavesToItsReaders) {
  const Library library(COVENV_VERSIONED_GNU);
  std::vector<ElfW(Dyn)> unrelocated;
  for (const ElfW(Dyn)* entry = library.object().l_ld; entry->d_tag != DT_NULL; ++entry) {
    unrelocated.push_back(*entry);
    unrelocated.back().d_un.d_ptr -= library.object().l_addr;
  }
  unrelocated.push_back({});
  const ElfW(Addr) bias = library.object().l_addr;
  const SymbolTable table(unrelocated.data(), bias);
  EXPECT_EQ(table.find(SymbolName("two_versions")), library.by_dlsym("two_versions"));
}

TEST(SymbolTable, AnObjectWithoutTablesHasNoSymbols) {
  const ElfW(Dyn) end = {};
  EXPECT_EQ(SymbolTable(&end, 0).find(SymbolName("execve")), nullptr);
}

}  // namespace
}  // namespace covenv
