// SPDX-License-Identifier: MIT
#include "shim/core/call_slots.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

namespace covenv {
namespace {

pid_t replacement() { return 4711; }

class CallSlotsTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    handle = dlopen(GetParam(), RTLD_LAZY | RTLD_LOCAL);
    ASSERT_NE(handle, nullptr) << dlerror();
    ASSERT_EQ(dlinfo(handle, RTLD_DI_LINKMAP, &object), 0);
  }
  void TearDown() override {
    if (handle != nullptr) dlclose(handle);
  }

  std::vector<void**> slots_of(const char* name, std::size_t room = 4) const {
    std::array<void**, 4> slots = {};
    const std::size_t count =
        CallSlots(object->l_ld, object->l_addr).find(name, slots.data(), room);
    return {slots.begin(), slots.begin() + static_cast<std::ptrdiff_t>(count)};
  }

  pid_t call(const char* name) const {
    return reinterpret_cast<pid_t (*)()>(dlsym(handle, name))();
  }

  void* handle = nullptr;
  link_map* object = nullptr;
};

TEST_P(CallSlotsTest, WhatIsInTheSlotIsWhatIsCalled) {
  ASSERT_EQ(call("call_getppid"), getppid());
  const std::vector<void**> slots = slots_of("getppid");
  ASSERT_THAT(slots, testing::SizeIs(1));
  const auto page = static_cast<std::uintptr_t>(getpagesize());
  const auto start = reinterpret_cast<std::uintptr_t>(slots[0]) / page * page;
  ASSERT_EQ(mprotect(reinterpret_cast<void*>(start), page, PROT_READ | PROT_WRITE), 0);
  void* const before = *slots[0];
  *slots[0] = reinterpret_cast<void*>(replacement);
  EXPECT_EQ(call("call_getppid"), 4711);
  EXPECT_EQ(call("call_getpid"), getpid());
  *slots[0] = before;
  EXPECT_EQ(call("call_getppid"), getppid());
}

TEST_P(CallSlotsTest, AFunctionWhoseAddressIsTakenHasASlotToo) {
  EXPECT_THAT(slots_of("getpid").size(), testing::AllOf(testing::Ge(1U), testing::Le(2U)));
}

TEST_P(CallSlotsTest, GivesNoMoreThanThereIsRoomFor) {
  EXPECT_THAT(slots_of("getpid", 1), testing::SizeIs(1));
  EXPECT_THAT(slots_of("getpid", 0), testing::IsEmpty());
}

TEST_P(CallSlotsTest, WhatIsNotCalledHasNone) {
  EXPECT_THAT(slots_of("getsid"), testing::IsEmpty());
  EXPECT_THAT(slots_of(""), testing::IsEmpty());
  EXPECT_THAT(slots_of("getppi"), testing::IsEmpty());
  EXPECT_THAT(slots_of("getppid_"), testing::IsEmpty());
  // The library defines this function itself, so there is no slot for it.
  EXPECT_THAT(slots_of("call_getppid"), testing::IsEmpty());
}

TEST_P(CallSlotsTest, FindsWithTheBiasThatMuslLeavesToItsReaders) {
  std::vector<ElfW(Dyn)> unrelocated;
  for (const ElfW(Dyn)* entry = object->l_ld; entry->d_tag != DT_NULL; ++entry) {
    unrelocated.push_back(*entry);
    switch (entry->d_tag) {
      case DT_JMPREL:
      case DT_RELA:
      case DT_SYMTAB:
      case DT_STRTAB:
        unrelocated.back().d_un.d_ptr -= object->l_addr;
        break;
      default:
        break;
    }
  }
  unrelocated.push_back({});
  std::array<void**, 4> slots = {};
  const CallSlots found(unrelocated.data(), object->l_addr);
  ASSERT_EQ(found.find("getppid", slots.data(), slots.size()), 1U);
  EXPECT_EQ(slots[0], slots_of("getppid")[0]);
}

INSTANTIATE_TEST_SUITE_P(Links, CallSlotsTest,
                         testing::Values(COVENV_CALLED_LAZY, COVENV_CALLED_NOW,
                                         COVENV_CALLED_NO_PLT));

TEST(CallSlots, AnObjectWithoutTablesHasNone) {
  const ElfW(Dyn) end = {};
  std::array<void**, 4> slots = {};
  EXPECT_EQ(CallSlots(&end, 0).find("getppid", slots.data(), slots.size()), 0U);
}

}  // namespace
}  // namespace covenv
