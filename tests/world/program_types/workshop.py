# SPDX-License-Identifier: MIT
"""Builds the programs that a preloaded process meets, each once in a run, in a folder that every user can search."""

import functools
import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).resolve().parent / "programs"
KERNEL_HEADERS_OF_THE_MACHINE = ("-idirafter", "/usr/include/x86_64-linux-gnu")
GO = {
    "static": ({"CGO_ENABLED": "0"}, (), ("witness.go",)),
    "pie": ({"CGO_ENABLED": "0"}, ("-buildmode=pie",), ("witness.go",)),
    "cgo": ({"CGO_ENABLED": "1"}, ("-buildmode=pie", "-ldflags=-linkmode=external"), ("witness.go", "cgo.go")),
}


@functools.cache
def tool(*names):
    """The path of the first of these programs that is installed. Fails the test if none is."""
    for name in names:
        path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
        if path:
            return path
    pytest.fail(f"{' or '.join(names)} is missing: scripts/test installs it")


class Workshop:
    """Builds programs in `folder`. Each method returns the path of what it has built, and builds a `name` only once.

    A compiler that fails, or is missing, fails the test.
    """

    def __init__(self, folder, libcovenv, cache):
        """`folder` must be short, because a `#!` line holds 255 bytes. Compilers keep files in `cache` between runs."""
        self.folder = folder
        self._cache = cache
        self.libcovenv = folder / "library" / libcovenv.name
        self.libcovenv.parent.mkdir()
        shutil.copy(libcovenv, self.libcovenv)
        self._built = {}

    def once(self, name, build):
        """The path of `name` in the folder. build(path) is called if it was not built yet."""
        path = self.folder / name
        if name not in self._built:
            build(path)
            self._built[name] = path
        return path

    def c(self, name, *compiler, source="witness.c"):
        """A program of C. `compiler` has the compiler's name and options; gcc by default."""
        compiler = compiler or ("gcc",)
        command = [tool(compiler[0]), "-O1", *compiler[1:], PROGRAMS / source]
        return self.once(name, lambda path: self.run([*command, "-o", path]))

    def hidden_library(self):
        """The path of a copy of the library, in a folder that only its owner can search."""

        def make(path):
            path.parent.mkdir(0o700)
            shutil.copy(self.libcovenv, path)

        return self.once("hidden/libcovenv.so", make)

    def witness(self):
        """The plain witness: a dynamic program for this machine, which reports what it received (witness.c)."""
        return self.c("witness")

    def i386(self, name, *options):
        return self.c(name, "gcc", "-m32", *KERNEL_HEADERS_OF_THE_MACHINE, *options)

    def aarch64(self, name, *options):
        return self.c(name, "aarch64-linux-gnu-gcc", *options)

    def runtime_path(self):
        """The linker's option for the folder of clang's shared runtimes, where no loader looks by itself."""
        done = subprocess.run([tool("clang-14"), "-print-runtime-dir"], capture_output=True, text=True, check=True)
        return f"-Wl,-rpath,{done.stdout.strip()}"

    def go(self, kind):
        """The witness in Go. `kind` is a key of GO."""
        environment, options, sources = GO[kind]
        environment = {
            **os.environ, **environment, "GOCACHE": str(self._cache / "go"),
            "GO111MODULE": "off", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "",
        }
        command = [tool("go"), "build", *options]
        sources = [PROGRAMS / source for source in sources]
        return self.once(f"go-{kind}", lambda path: self.run([*command, "-o", path, *sources], env=environment))

    def rust(self, source):
        return self.once(f"{source}-rust", lambda path: self.run([tool("rustc"), "-o", path, PROGRAMS / source]))

    def script(self, name, *lines):
        def write(path):
            path.write_text("\n".join(map(str, lines)) + "\n")
            path.chmod(0o755)

        return self.once(name, write)

    def copy(self, name, original, change=lambda path: None):
        """A copy of a file, on which change(path) is called."""
        def make(path):
            shutil.copy(original, path)
            change(path)

        return self.once(name, make)

    def root(self):
        """The path of a folder for chroot: it has all that the witness needs, but not the library."""

        def make(path):
            for needed in ("usr", "lib", "lib64", "bin"):
                (path / needed).mkdir(parents=True)
            for file in ("/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"):
                target = path / file[1:]
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(os.path.realpath(file), target)
            shutil.copy(self.witness(), path / "witness")

        return self.once("root", make)

    @staticmethod
    def run(command, **options):
        """Runs a compiler. Fails the test, with the output, if the command fails."""
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=600, **options)
        if done.returncode:
            pytest.fail(f"{command[0]} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
