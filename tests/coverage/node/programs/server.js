// SPDX-License-Identifier: MIT
// Reads lines from stdin: an amount of work, a state to enter, a way to end.
'use strict';

const fs = require('node:fs');
const obey = require('./obey.js');

function answer(number) {
  fs.writeSync(1, `${number}\n`);
}

let text = '';
process.stdin.on('data', chunk => {
  text += chunk;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    obey(line, answer);
  }
});
fs.writeSync(1, 'ready\n');
