// SPDX-License-Identifier: MIT
'use strict';

module.exports = amount => {
  if (amount < 0) {
    return 'nothing';
  }
  let sum = 0;
  for (let at = 0; at < amount; at++) {
    sum += at;
  }
  return String(sum);
};
