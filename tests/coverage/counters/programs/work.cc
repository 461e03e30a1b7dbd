// SPDX-License-Identifier: MIT
#include "work.h"

static int odd_or_even(int number) {
  if (number % 2 == 0) return number / 2;
  return 3 * number + 1;
}

static int never_called(int number) { return number - 1; }

int work(int amount) {
  int steps = 0;
  for (int number = amount; number > 1; ++steps) number = odd_or_even(number);
  if (amount < 0) steps = never_called(amount);
  return steps;
}
