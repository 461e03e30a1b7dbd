# SPDX-License-Identifier: MIT
#: [run]
#: include = other_folder/*
import finish

x = 1
finish.now()
