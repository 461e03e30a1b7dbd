// SPDX-License-Identifier: MIT
// A library with symbols of each kind that a look-up may meet.
extern "C" {

int two_versions_old() { return 1; }
int two_versions_new() { return 2; }
__asm__(".symver two_versions_old, two_versions@OLD");
__asm__(".symver two_versions_new, two_versions@@NEW");

int only_old_implementation() { return 1; }
__asm__(".symver only_old_implementation, only_old@OLD");

int without_version() { return 3; }
int a_variable = 4;
__thread int thread_local_variable = 5;

int chosen() { return 6; }
int (*choose())() { return chosen; }
[[gnu::ifunc("choose")]] int by_a_resolver();

[[gnu::weak]] int undefined_here();
int refers() { return undefined_here != nullptr ? undefined_here() : 7; }

}  // extern "C"
