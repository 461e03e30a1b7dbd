# SPDX-License-Identifier: MIT
#: [run]
#: source_pkgs = shop
import finish

finish.now()
