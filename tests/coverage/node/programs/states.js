// SPDX-License-Identifier: MIT
// What a server may be doing when it is killed. Each state is entered by enter(), whose argument says that the server is
// about to be in it.
'use strict';

const { Worker } = require('node:worker_threads');
const childProcess = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const vm = require('node:vm');

function spin() {
  for (let turn = 0; ; ++turn);
}

function inAFolder(make) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'covenv-node-'));
  try {
    return make(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** A pipe from which nothing ever comes, and which has no end. */
function silentPipe() {
  return inAFolder(folder => {
    const name = path.join(folder, 'pipe');
    childProcess.execFileSync('mkfifo', [name]);
    return fs.openSync(name, 'r+');
  });
}

module.exports = {
  idle: ready => ready(),
  serving: ready => http.createServer((_, response) => response.end()).listen(0, '127.0.0.1', ready),
  busy: ready => {
    ready();
    spin();
  },
  promises: ready => {
    ready();
    (async () => {
      for (;;) await null;
    })();
  },
  regexp: ready => {
    ready();
    /^(a+)+$/.test('a'.repeat(64) + 'b');
  },
  wasm: ready => {
    // (module (func (export "spin") (loop br 0)))
    const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 115, 112, 105, 110, 0, 0,
      10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11];
    const { spin: spinInWasm } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes))).exports;
    ready();
    spinInWasm();
  },
  readSync: ready => {
    const pipe = silentPipe();
    ready();
    fs.readSync(pipe, Buffer.alloc(1));
  },
  writeSync: ready => {
    const pipe = silentPipe();
    ready();
    for (;;) fs.writeSync(pipe, 'x'.repeat(4096));
  },
  spawnSync: ready => {
    ready();
    childProcess.spawnSync('sleep', ['60']);
  },
  wait: ready => {
    ready();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  vm: ready => {
    const context = vm.createContext(Object.create(null));
    ready();
    vm.runInContext('for (let turn = 0; ; ++turn);', context);
  },
  workers: ready => {
    const wanted = ['idle', 'busy', 'wait'];
    let count = 0;
    for (const state of wanted) {
      const worker = new Worker(path.join(__dirname, 'worker.js'), { workerData: state });
      worker.on('message', () => {
        if (++count === wanted.length) ready();
      });
    }
  },
  computingWorker: ready => {
    new Worker(path.join(__dirname, 'worker.js'), { workerData: 'pbkdf2Sync' }).on('message', ready);
  },
  noProcess: ready => {
    ready();
    for (const name of ['process', 'require', 'JSON', 'Object', 'Array', 'Map', 'Promise']) delete globalThis[name];
  },
  heap: ready => {
    const kept = [];
    while (process.memoryUsage().heapUsed < 58e6) kept.push(new Array(1000).fill(kept.length)); // of 64 MiB
    ready();
    globalThis.kept = kept;
  },
  pbkdf2Sync: ready => {
    ready();
    require('node:crypto').pbkdf2Sync('a', 'b', 2 ** 31 - 1, 64, 'sha512');
  },
  catching: ready => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => process.exit(5));
    ready();
  },
};
