// SPDX-License-Identifier: MIT
'use strict';

const assert = require('node:assert');
const http = require('node:http');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const test = require('node:test');

async function get(port, path) {
  const [response] = await once(http.get({ host: '127.0.0.1', port, path }), 'response');
  let text = '';
  for await (const piece of response) text += piece;
  return text;
}

test('the server adds up', async () => {
  const server = spawn(process.execPath, ['lib/server.js'], { env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(server.stdout, 'data');
  assert.strictEqual(await get(Number(port), '/4'), '6');
  server.kill('SIGKILL');
  const [, signal] = await once(server, 'exit');
  assert.strictEqual(signal, 'SIGKILL');
});
