# SPDX-License-Identifier: MIT
# frozen_string_literal: true

# The sum of the numbers below an amount.
def price(amount)
  return "nothing" if amount.negative?

  sum = 0
  amount.times do |at|
    sum += at
  end
  sum
end
