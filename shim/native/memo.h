// SPDX-License-Identifier: MIT
// What this process has found out of programs and processes, so that the next kill costs little.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace covenv {

/// One number for several, which differs if one of them does.
std::uint64_t memo_key(std::initializer_list<std::uint64_t> numbers);

/// A set of keys, of which a forked child has a copy. A full set forgets the key whose place it
/// needs. Lock-free.
void remember_key(std::uint64_t key);
bool is_remembered_key(std::uint64_t key);
void forget_key(std::uint64_t key);

}  // namespace covenv
