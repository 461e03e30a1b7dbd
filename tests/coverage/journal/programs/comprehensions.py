# SPDX-License-Identifier: MIT
import finish

a = [i * 2 for i in range(5) if i % 2]
b = {i: j for i in range(3)
     for j in range(i)}
c = {
    i
    for i in
    range(4)
}
d = sum(
    i
    for i in range(3)
)
e = [x for x in []]
finish.now()
