// SPDX-License-Identifier: MIT
// Reads lines from stdin: an amount of work, a state to enter, a way to end.
'use strict';

const fs = require('node:fs');
const ends = require('./ends.js');
const states = require('./states.js');
const { work } = require('./work.js');

function answer(number) {
  fs.writeSync(1, `${number}\n`);
}

function obey(line) {
  if (line in ends) ends[line]();
  else if (line in states) states[line](() => answer(0));
  else answer(work(Number(line)));
}

let text = '';
process.stdin.on('data', chunk => {
  text += chunk;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    obey(line);
  }
});
fs.writeSync(1, 'ready\n');
