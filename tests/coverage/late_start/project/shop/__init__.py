# SPDX-License-Identifier: MIT
NAME = "shop"
