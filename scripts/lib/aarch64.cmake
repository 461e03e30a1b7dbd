# SPDX-License-Identifier: MIT
# Debian's cross compiler, and its emulator for the tests. The headers that are the same for every machine (Boost,
# CLI11, spdlog, GoogleTest's sources) are those of this one.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CXX_FLAGS_INIT "-idirafter /usr/include")
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static;-L;/usr/aarch64-linux-gnu)
file(GLOB spdlog_DIR /usr/lib/*/cmake/spdlog)
file(GLOB fmt_DIR /usr/lib/*/cmake/fmt)
