# SPDX-License-Identifier: MIT
import asyncio

import finish


async def numbers():
    for i in range(3):
        yield i
        await asyncio.sleep(0)


class Lock:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *what):
        await asyncio.sleep(0)


async def main():
    async with Lock():
        async for i in numbers():
            if i > 1:
                break
    return [i async for i in numbers()]


async def both():
    await asyncio.gather(main(), main())


loop = asyncio.new_event_loop()
loop.run_until_complete(both())
loop.close()
finish.now()
