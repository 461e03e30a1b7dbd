// SPDX-License-Identifier: MIT
function oddOrEven(number) {
  if (number % 2 === 0) {
    return 2;
  }
  return 1;
}

function neverCalled(number) {
  return number + 1;
}

function work(amount) {
  let sum = 0;
  for (let number = 0; number < amount; ++number) {
    sum += oddOrEven(number);
  }
  return amount < 0 ? neverCalled(sum) : sum;
}

export { work };
