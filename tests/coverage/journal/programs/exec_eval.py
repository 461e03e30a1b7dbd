# SPDX-License-Identifier: MIT
import finish

eval("1 + 1")
exec("x = 1\nfor i in range(3):\n    x += i\n")
exec(compile("def f():\n    return 1\n\nf()\n", "made_up.py", "exec"))
with open("shop/tools/taxes.py") as file:
    text = file.read()
names = {}
exec(compile(text, "shop/tools/taxes.py", "exec"), names)
names["tax"](1, 3)
finish.now()
