// SPDX-License-Identifier: MIT
// How a server ends itself.
'use strict';

const v8 = require('node:v8');

module.exports = {
  exit: () => process.exit(3),
  reallyExit: () => process.reallyExit(4),
  abort: () => process.abort(),
  'no memory': () => {
    v8.setFlagsFromString('--max-old-space-size=16');
    for (const all = []; ; ) all.push(new Array(1000).fill(all.length));
  },
  'exit in exit': () => {
    process.on('exit', () => process.exit(6));
    process.exit(3);
  },
  'kill self': () => process.kill(process.pid, 'SIGTERM'),
  'kill -9 self': () => process.kill(process.pid, 'SIGKILL'),
  'kill -6 self': () => process.kill(process.pid, 'SIGABRT'),
  throw: () => {
    throw new Error('thrown by a test');
  },
};
