# SPDX-License-Identifier: MIT
import threading

import finish

done = []


def work(n):
    total = 0
    for i in range(n):
        if i % 3:
            total += i
    done.append(total)


def other():
    done.append(None)


class Worker(threading.Thread):
    def run(self):
        done.append(1)


threads = [threading.Thread(target=work, args=(i,)) for i in range(20)]
threads += [threading.Thread(target=other), Worker()]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert len(done) == 22
finish.now()
