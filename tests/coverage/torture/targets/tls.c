// SPDX-License-Identifier: MIT
// A library with thread-local storage of its own, as many extension modules have.
static __thread char block[64];

void use(void) { block[0]++; }
