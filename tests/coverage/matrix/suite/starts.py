# SPDX-License-Identifier: MIT
"""The ways in which a suite starts a Python program.

Each is a function start(program, port, end). It starts the program, calls end() while the program runs, and returns the
exit status (negative for a signal).
"""

import asyncio
import importlib
import multiprocessing
import os
import pty
import shlex
import subprocess
import sys
import traceback

STARTS = {}


def titled(title, imported=False):
    """Registers a start under its title in the table. `imported` says that the program is not __main__ there."""

    def keep(start):
        start.title = title
        start.imported = imported
        STARTS[start.__name__] = start
        return start

    return keep


def command(program, port):
    return [sys.executable, str(program), port]


def popen(command, end, **options):
    process = subprocess.Popen(command, **options)
    end()
    return process.wait()


def wait(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@titled("`Popen(env={})`")
def empty_environment(program, port, end):
    return popen(command(program, port), end, env={})


@titled("`Popen(env={...})`")
def business_environment(program, port, end):
    return popen(command(program, port), end, env={"SHOP_CURRENCY": "EUR", "PATH": os.defpath})


@titled("`Popen()`")
def inherited_environment(program, port, end):
    return popen(command(program, port), end)


@titled("`Popen(cwd=elsewhere)`")
def elsewhere(program, port, end):
    return popen(command(program, port), end, cwd="/", env={})


@titled("`env -i`")
def env_dash_i(program, port, end):
    return popen(["env", "-i", *command(program, port)], end)


@titled("`shell=True`")
def shell(program, port, end):
    return popen(shlex.join(command(program, port)), end, shell=True, env={})


@titled("behind a shell that stays")
def shell_stays(program, port, end):
    return popen(["sh", "-c", '"$@"; exit $?', "sh", *command(program, port)], end, env={})


@titled("`os.system(\"... &\")`")
def background(program, port, end):
    status = program.with_suffix(".status")
    os.mkfifo(status)
    os.system(f"{{ {shlex.join(command(program, port))}; echo $? >{status}; }} &")
    end()
    return int(status.read_text())


@titled("a Python between")
def second_generation(program, port, end):
    between = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:], env={}).returncode % 256)"
    return popen([sys.executable, "-c", between, *command(program, port)], end, env={})


@titled("`python -m`")
def dash_m(program, port, end):
    return popen([sys.executable, "-m", program.stem, port], end, env={})


@titled("`python -c`", imported=True)
def dash_c(program, port, end):
    return popen([sys.executable, "-c", f"import {program.stem} as program; program.main({port})"], end, env={})


@titled("a script with `#!`")
def script(program, port, end):
    program.write_text(f"#!{sys.executable}\n{program.read_text()}")
    program.chmod(0o755)
    return popen([program, port], end, env={})


@titled("`os.posix_spawn`")
def posix_spawn(program, port, end):
    pid = os.posix_spawn(sys.executable, command(program, port), {})
    end()
    return wait(pid)


@titled("`os.fork`, `os.execve`")
def fork_and_exec(program, port, end):
    pid = os.fork()
    if pid == 0:
        os.execve(sys.executable, command(program, port), {})
    end()
    return wait(pid)


@titled("`pty.fork`, `os.execve`")
def terminal(program, port, end):
    pid, master = pty.fork()
    if pid == 0:
        os.execve(sys.executable, command(program, port), {})
    end()
    status = wait(pid)
    os.close(master)
    return status


@titled("`asyncio`")
def asyncio_subprocess(program, port, end):
    async def run():
        process = await asyncio.create_subprocess_exec(*command(program, port), env={})
        end()
        return await process.wait()

    return asyncio.run(run())


def run(name, port):
    importlib.import_module(name).main(port)


@titled("`os.fork`", imported=True)
def fork(program, port, end):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            run(program.stem, port)
            status = 0
        except SystemExit as leaving:
            status = leaving.code
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    end()
    return wait(pid)


def multiprocess(method, program, port, end):
    process = multiprocessing.get_context(method).Process(target=run, args=[program.stem, port])
    process.start()
    end()
    process.join()
    return process.exitcode


@titled("`multiprocessing`, fork", imported=True)
def multiprocessing_fork(*arguments):
    return multiprocess("fork", *arguments)


@titled("`multiprocessing`, spawn", imported=True)
def multiprocessing_spawn(*arguments):
    return multiprocess("spawn", *arguments)


@titled("`multiprocessing`, forkserver", imported=True)
def multiprocessing_forkserver(*arguments):
    return multiprocess("forkserver", *arguments)
