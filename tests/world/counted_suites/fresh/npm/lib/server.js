// SPDX-License-Identifier: MIT
'use strict';

const http = require('node:http');
const price = require('./price');

const server = http.createServer((request, response) => response.end(price(Number(request.url.slice(1)))));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
