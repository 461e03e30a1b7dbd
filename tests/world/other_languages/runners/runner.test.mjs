// SPDX-License-Identifier: MIT
// node --test runner.test.mjs, with MODE and, as JSON, COMMAND: a suite of Node's own test runner.
import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

const [program, ...args] = JSON.parse(process.env.COMMAND);
const ABORT = new AbortController();
const MODES = {
  // The options of spawn, and what then ends the server.
  kill: [{}, (server) => server.kill('SIGKILL')],
  process_kill: [{}, (server) => process.kill(server.pid, 'SIGKILL')],
  abort: [{ signal: ABORT.signal, killSignal: 'SIGKILL' }, () => ABORT.abort()],
  // Long enough for the request, whatever the machine has to do: the server is slow to start.
  timeout: [{ timeout: 10000, killSignal: 'SIGKILL' }, () => {}],
};

test('the server answers', async () => {
  const [options, end] = MODES[process.env.MODE];
  const server = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  server.on('error', (error) => assert.strictEqual(error.name, 'AbortError'));
  const [port] = await once(createInterface({ input: server.stdout }), 'line');
  const connection = connect(Number(port), '127.0.0.1');
  const [answer] = await once(connection, 'data');
  assert.ok(answer.length > 0);
  // Not once(): it takes the error that tells of the abort for its own.
  const exit = new Promise((resolve) => server.on('exit', (_, signal) => resolve(signal)));
  end(server);
  const signal = await exit;
  assert.strictEqual(signal, 'SIGKILL');
});
