// SPDX-License-Identifier: MIT
// A Node that starts forked.js: node parent.js START LINE... Each LINE is a message that the child answers. Then this
// program prints the child's pid, reads the name of a kill, and prints what it hears of the child.
'use strict';

const { fork } = require('node:child_process');
const cluster = require('node:cluster');
const fs = require('node:fs');
const path = require('node:path');
const { Worker, isMainThread } = require('node:worker_threads');

const FILE = path.join(__dirname, 'forked.js');

function forkInACluster(settings) {
  cluster.setupPrimary({ exec: FILE, ...settings });
  return cluster.fork();
}

const STARTS = {
  'fork()': () => fork(FILE),
  'fork(), env: {}': () => fork(FILE, { env: {} }),
  'fork(), advanced': () => fork(FILE, { serialization: 'advanced' }),
  'fork(), silent': () => fork(FILE, { silent: true }),
  'fork(), detached': () => fork(FILE, { detached: true }),
  'fork() in a worker thread': () => fork(FILE),
  cluster: () => forkInACluster({}),
  'cluster, advanced, silent': () => forkInACluster({ serialization: 'advanced', silent: true }),
};
const ENDS = {
  exit: child => child.send('exit'),
  'kill()': child => child.kill(),
  "kill('SIGKILL')": child => child.kill('SIGKILL'),
  'process.kill()': child => process.kill((child.process ?? child).pid, 'SIGKILL'),
};

const [, , start, ...lines] = process.argv;
if (isMainThread && start.endsWith('worker thread')) {
  new Worker(__filename, { argv: process.argv.slice(2) });
} else {
  const child = STARTS[start]();
  child.on('message', () => {
    if (lines.length !== 0) {
      child.send(lines.shift());
      return;
    }
    fs.writeSync(1, `${(child.process ?? child).pid}\n`);
    const name = Buffer.alloc(64);
    fs.read(0, name, 0, name.length, null, (_, size) => size && ENDS[name.toString('utf8', 0, size)](child));
  });
  for (const event of ['disconnect', 'exit']) {
    child.on(event, (...values) => fs.writeSync(1, `${JSON.stringify([event, ...values])}\n`));
  }
}
