# SPDX-License-Identifier: MIT
#: [run]
#: source = .
import finish
import space.part

space.part.part(2)
finish.now()
