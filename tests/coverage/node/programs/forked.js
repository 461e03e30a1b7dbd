// SPDX-License-Identifier: MIT
// As server.js, for a parent that is a Node: the lines come as messages.
'use strict';

const obey = require('./obey.js');

process.on('message', line => obey(line, number => process.send(number)));
process.send('ready');
