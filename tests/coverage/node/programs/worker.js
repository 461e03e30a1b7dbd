// SPDX-License-Identifier: MIT
'use strict';

const { parentPort, workerData } = require('node:worker_threads');
const states = require('./states.js');
const { work } = require('./work.js');

work(11);
parentPort.on('message', () => {});
states[workerData](() => parentPort.postMessage('ready'));
