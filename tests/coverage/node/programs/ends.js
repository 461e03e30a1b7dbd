// SPDX-License-Identifier: MIT
// How a server ends itself.
'use strict';

module.exports = {
  exit: () => process.exit(3),
  reallyExit: () => process.reallyExit(4),
  abort: () => process.abort(),
  'exit in exit': () => {
    process.on('exit', () => process.exit(6));
    process.exit(3);
  },
  'kill self': () => process.kill(process.pid, 'SIGTERM'),
  'kill -9 self': () => process.kill(process.pid, 'SIGKILL'),
  throw: () => {
    throw new Error('thrown by a test');
  },
};
