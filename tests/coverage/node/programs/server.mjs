// SPDX-License-Identifier: MIT
// As server.js, an ES module that awaits at its top.
import fs from 'node:fs';
import readline from 'node:readline';
import ends from './ends.js';
import states from './states.js';
import { work } from './work.mjs';

fs.writeSync(1, 'ready\n');
for await (const line of readline.createInterface({ input: process.stdin })) {
  if (line in ends) ends[line]();
  else if (line in states) states[line](() => fs.writeSync(1, '0\n'));
  else fs.writeSync(1, `${work(Number(line))}\n`);
}
