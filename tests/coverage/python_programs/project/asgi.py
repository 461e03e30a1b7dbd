# SPDX-License-Identifier: MIT
from words import word


async def app(scope, receive, send):
    if scope["type"] == "http":
        await answer(send)


async def answer(send):
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": word().encode()})
