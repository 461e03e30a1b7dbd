# SPDX-License-Identifier: MIT
import asyncio

from situation import ready


async def talk(queue, other):
    while True:
        await other.put(await queue.get())
        await asyncio.sleep(0)


async def prepare():
    queues = [asyncio.Queue() for _ in range(10)]
    tasks = []
    for queue in queues:
        await queue.put("word")
        tasks.append(asyncio.ensure_future(talk(queue, queues[0])))
    await asyncio.sleep(0)
    return tasks


async def main():
    tasks = await prepare()
    ready()
    await asyncio.gather(*tasks)


asyncio.run(main())
