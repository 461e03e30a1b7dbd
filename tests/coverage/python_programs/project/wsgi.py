# SPDX-License-Identifier: MIT
from words import word


def app(environ, start_response):
    start_response("200 OK", [])
    return [word().encode()]
