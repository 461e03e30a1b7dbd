// SPDX-License-Identifier: MIT
// What a server does with a line: an amount of work, a state to enter, a way to end.
'use strict';

const ends = require('./ends.js');
const states = require('./states.js');
const { work } = require('./work.js');

module.exports = (line, answer) => {
  if (line in ends) ends[line]();
  else if (line in states) states[line](() => answer(0));
  else answer(work(Number(line)));
};
