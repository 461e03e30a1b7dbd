# SPDX-License-Identifier: MIT
"""Programs outside of the source, and the ways in which they come to run code of the source.

PROJECT is the project's folder.
"""

import textwrap

HERE = "import sys; sys.path.insert(0, PROJECT)\n"
SHOP = HERE + "import shop.till\nshop.till.count(3)\n"


def that_sees(function):
    """The text of a program that prints which files of covenv and coverage its own trace function has seen.

    `function` is the name that sets it: "settrace" or "setprofile".
    """
    return HERE + f"""
        seen = set()
        sys.{function}(lambda frame, event, arg: seen.add(frame.f_code.co_filename))
        import single; single.once()
        sys.{function}(None)
        if sys.version_info >= (3, 11): print([name for name in sorted(seen) if "/coverage/" in name or "covenv>" in name])
    """


#: name -> the text of the program. If any line runs code of the source, it is the last one.
WAYS = {
    "import": SHOP,
    "import of a module": HERE + "import single\nsingle.once()\n",
    "import by a function": HERE + """
        def later():
            from shop import till
            return till.count(2)
        later()
    """,
    "relative path": "import os, sys; os.chdir(PROJECT); sys.path.insert(0, '')\nimport shop.till; shop.till.count(1)\n",
    "relative path, another folder": """
        import os, sys
        os.chdir(PROJECT + "/shop"); sys.path.insert(0, "."); import till
        os.chdir("/"); till.count(5)
    """,
    "symbolic link": """
        import os, sys, tempfile
        folder = tempfile.mkdtemp(); os.symlink(PROJECT + "/shop", folder + "/shop")
        sys.path.insert(0, folder); import shop.till; shop.till.count(1)
    """,
    "link to a file": """
        import os, sys, tempfile
        folder = tempfile.mkdtemp(); os.symlink(PROJECT + "/single.py", folder + "/renamed.py")
        sys.path.insert(0, folder); import renamed; renamed.once()
    """,
    "run_path": "import runpy; runpy.run_path(PROJECT + '/script.py', run_name='__main__')\n",
    "run_module": HERE + "import runpy; runpy.run_module('shop', run_name='__main__')\n",
    "compile and exec": "path = PROJECT + '/script.py'; exec(compile(open(path).read(), path, 'exec'), {'__name__': 'x'})\n",
    "compile and eval": "path = PROJECT + '/single.py'; print(eval(compile('1 +\\\\\\n2', path, 'eval')))\n",
    "spec from a file": """
        import importlib.util
        spec = importlib.util.spec_from_file_location("any_name", PROJECT + "/single.py")
        module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module); module.once()
    """,
    "module of the package from elsewhere": """
        import importlib.util
        spec = importlib.util.spec_from_file_location("shop.extra", PROJECT + "/single.py")
        module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module); module.once()
    """,
    "a loader of its own": """
        import types
        path = PROJECT + "/single.py"
        module = types.ModuleType("shop.extra")
        code = compile(open(path).read(), path, "exec")
        def run(code, names): exec(code, names)
        run(code, module.__dict__); module.once()
    """,
    "a module of another name": """
        import importlib.util
        path = PROJECT + "/single.py"
        spec = importlib.util.spec_from_file_location("other", path); module = importlib.util.module_from_spec(spec)
        module.__dict__["__name__"] = "shop.other"
        exec(compile(open(path).read(), path, "exec"), module.__dict__); module.once()
    """,
    "lazy import": HERE + """
        import importlib.util
        spec = importlib.util.find_spec("single"); loader = importlib.util.LazyLoader(spec.loader); spec.loader = loader
        module = importlib.util.module_from_spec(spec); loader.exec_module(module); module.once()
    """,
    "reload": SHOP + "import importlib; importlib.reload(shop.till).count(1)\n",
    "function of a code object": """
        import types
        path = PROJECT + "/script.py"
        code = compile("def f(a):\\n    b = a\\n    return b\\n", path, "exec").co_consts[0]
        types.FunctionType(code, {})(1)
    """,
    "code object with another file": """
        def f(a):
            return a
        import types
        types.FunctionType(f.__code__.replace(co_filename=PROJECT + "/single.py"), {})(1)
    """,
    "marshal": """
        import marshal, types
        path = PROJECT + "/single.py"
        code = marshal.loads(marshal.dumps(compile(open(path).read(), path, "exec")))
        types.FunctionType(code, {"__name__": "single"})()
    """,
    "bytecode alone": """
        import py_compile, sys, tempfile
        folder = tempfile.mkdtemp(); py_compile.compile(PROJECT + "/single.py", folder + "/single.pyc")
        sys.path.insert(0, folder); import single; single.once()
    """,
    "zip": """
        import sys, tempfile, zipfile
        path = tempfile.mkdtemp() + "/lib.zip"
        with zipfile.ZipFile(path, "w") as file: file.write(PROJECT + "/single.py", "single.py")
        sys.path.insert(0, path); import single; single.once()
    """,
    "thread": HERE + """
        import threading
        def work():
            import shop.till; shop.till.count(4)
        thread = threading.Thread(target=work); thread.start(); thread.join()
    """,
    "thread from before": HERE + """
        import queue, threading
        jobs = queue.Queue()
        thread = threading.Thread(target=lambda: jobs.get()()); thread.start()
        import shop.till; jobs.put(lambda: shop.till.count(2)); thread.join()
    """,
    "thread of _thread": HERE + """
        import _thread
        done = _thread.allocate_lock(); done.acquire()
        def work():
            import single; single.once(); done.release()
        _thread.start_new_thread(work, ())
        done.acquire()
    """,
    "pool": HERE + """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(2) as pool:
            pool.submit(int).result(); import shop.till; [pool.submit(shop.till.count, n).result() for n in range(4)]
    """,
    "fork": HERE + """
        import os
        child = os.fork()
        import shop.till; shop.till.count(3 if child else 0)
        if child: os.waitpid(child, 0)
    """,
    "multiprocessing by fork": HERE + """
        import multiprocessing
        def work(n):
            import shop.till; shop.till.count(n)
        process = multiprocessing.get_context("fork").Process(target=work, args=(2,)); process.start(); process.join()
    """,
    "multiprocessing by spawn": HERE + """
        import multiprocessing
        import shop.till
        if __name__ == "__main__":
            process = multiprocessing.get_context("spawn").Process(target=shop.till.count, args=(0,))
            process.start(); process.join()
    """,
    "child of a child": HERE + """
        import subprocess
        subprocess.run([sys.executable, PROJECT + "/script.py"], env={}, check=True)
    """,
    "exec": "import os, sys; os.execve(sys.executable, [sys.executable, PROJECT + '/script.py'], {})\n",
    "trace function of its own": HERE + "sys.settrace(lambda *_: None)\nimport single; single.once()\n",
    "profile function of its own": HERE + "sys.setprofile(lambda *_: None)\nimport single; single.once()\nsys.setprofile(None)\n",
    "trace function that sees": that_sees("settrace"),
    "trace function that is given back": HERE + """
        before = sys.gettrace(); sys.settrace(lambda *_: None); sys.settrace(before)
        import single; single.once()
    """,
    "profile function that sees": that_sees("setprofile"),
    "trace function of threads": HERE + """
        import threading
        seen = []
        threading.settrace(lambda frame, *_: seen.append(frame.f_code.co_name))
        def work():
            import single; single.once()
        thread = threading.Thread(target=work); thread.start(); thread.join()
        print("work" in seen)
    """,
    "doctest": """
        # files/one.txt: >>> import single
        # files/two.txt: >>> import shop.till
        import doctest, os, sys
        sys.path.insert(0, PROJECT)
        folder = os.path.dirname(os.path.abspath(__file__))
        with open(folder + "/two.txt", "a") as file: file.write(">>> import single; single.once()\\n")
        for name in ("one", "two"):
            doctest.testfile(folder + "/" + name + ".txt", module_relative=False)
        single = sys.modules["single"]; single.once()
    """,
    "trace function that is given back later": HERE + """
        before = sys.gettrace(); import single; sys.settrace(before); single.once()
    """,
    "trace function of threads that is given back later": HERE + """
        import threading
        before = threading._trace_hook; import single; threading.Thread(target=int).start(); threading.settrace(before)
        thread = threading.Thread(target=single.once); thread.start(); thread.join()
    """,
    "trace function that another function gives back": HERE + """
        saved = sys.gettrace()
        import single
        def restore(): sys.settrace(saved)
        restore()
        from shop import till
        till.count(2); print(sys.gettrace() is None)
    """,
    "trace function of its own for a while": HERE + """
        def helper():
            old = sys.gettrace()
            import single
            def trace(*_): return trace
            sys.settrace(trace); single.once(); sys.settrace(old)
        helper()
        from shop import till
        till.count(2)
    """,
    "no trace function for a while": HERE + """
        def helper():
            old = sys.gettrace(); sys.settrace(None)
            from shop import till
            sys.settrace(old)
            return till
        helper().count(2)
    """,
    "trace function that it ends": HERE + """
        class Trace:
            def __call__(self, frame, event, argument): return self
        def go():
            from shop import till
            return till.count(3)
        sys.settrace(Trace()); go(); sys.settrace(None)
        print(sys.gettrace())
        from shop import till
        till.count(1); print(sys.gettrace())
    """,
    "trace function that functions end": HERE + """
        def main():
            from shop import till
            till.count(3)
        main()
        tracer, ended = sys.gettrace(), []
        for n in range(60):
            names, lines = {"sys": sys}, "; ".join(f"v{i} = {i}" for i in range(n)) or "pass"
            exec(f"def end(set):\\n    set(None)\\n    {lines}\\n", names)
            for _ in range(3):
                sys.settrace(tracer); names["end"](sys.settrace); ended.append(sys.gettrace() is None)
        print(set(ended))
    """,
    "code of a pipe": HERE + """
        import os, signal
        import single
        signal.alarm(20)
        reads, writes = os.pipe()
        exec(compile("x = 1", "/dev/fd/%d" % reads, "exec")); single.once()
        print("/dev/fd/0", sys.stdin.read() == "")
    """,
    "coverage beside code of a pipe": HERE + """
        import os, signal
        import single
        signal.alarm(20)
        reads, writes = os.pipe()
        exec(compile("import coverage", "/dev/fd/%d" % reads, "exec")); single.once()
    """,
    "files that are not there": HERE + """
        import single
        for name in ("gone.py", PROJECT + "/gone.py", PROJECT + "/gone/./away.py", "test", "/nowhere/gone.py"):
            exec(compile("a = 1\\nb = 2\\n", name, "exec"), {})
        single.once()
    """,
    "a file whose name is not UTF-8": HERE + """
        import single
        exec(compile("a = 1\\n", "/nowhere/\\udcff.py", "exec"), {}); single.once()
    """,
    "functions at exit of sitecustomize": """
        # files/sitecustomize.py: import logging
        import os, sys
        if "PYTHONPATH" not in os.environ:
            folder = os.path.dirname(os.path.abspath(__file__))
            os.execve(sys.executable, [sys.executable, __file__], {"PYTHONPATH": folder})
        sys.path.insert(0, PROJECT)
        import logging, single
        class Handler(logging.Handler):
            def flush(self): single.once()
        logging.getLogger().addHandler(Handler())
    """,
    "a mock of _sqlite3": HERE + """
        from unittest import mock
        import single; sys.modules["_sqlite3"] = mock.MagicMock(); single.once()
    """,
    "a finder of its own": HERE + """
        import single
        class Finder:
            @staticmethod
            def find_spec(name, path=None, target=None): print("find", name)
        sys.meta_path.insert(0, Finder); sys.path_hooks[:] = []
        exec(compile("a = 1\\n", "/nowhere/\\udcff.py", "exec"), {}); single.once()
    """,
    "coverage at the second attempt": HERE + """
        import single; sys.modules["coverage"] = None
        try: import coverage
        except ImportError: pass
        del sys.modules["coverage"]; import coverage; print(coverage.Coverage.current() is not None); single.once()
    """,
    "a subinterpreter without variables": HERE + """
        import os
        for name in [name for name in os.environ if name.startswith("COV")]: del os.environ[name]
        import single
        try:
            import _xxsubinterpreters as interpreters
        except ImportError:
            import _interpreters as interpreters
        interpreters.create(); single.once()
    """,
    "import_module of coverage": HERE + """
        import importlib
        coverage = importlib.import_module("coverage")
        print(coverage.Coverage.current() is not None, coverage.Coverage is sys.modules["coverage"].Coverage)
        import single; single.once()
    """,
    "replaced code": HERE + """
        def f(): pass
        path = PROJECT + "/script.py"
        f.__code__ = compile("def f():\\n    a = 1\\n", path, "exec").co_consts[0]
        f()
    """,
    "restricted builtins": """
        path = PROJECT + "/script.py"
        code = compile("a = 1\\n", path, "exec")
        exec("exec(code, {})", {"__builtins__": {"exec": exec}, "code": code})
    """,
    "deep recursion": HERE + """
        def deep(n):
            if n: return deep(n - 1)
            import single
            return single.once()
        deep(880)
    """,
    "a signal meanwhile": HERE + """
        import signal, threading, time
        signal.signal(signal.SIGALRM, lambda *_: sys.exit(7))
        signal.setitimer(signal.ITIMER_REAL, 0.03)
        thread = threading.Thread(target=int); thread.start(); thread.join()
        time.sleep(60)
    """,
    "subinterpreter": HERE + """
        try:
            import _xxsubinterpreters as interpreters
        except ImportError:
            import _interpreters as interpreters
        interpreters.destroy(interpreters.create())
        import single; single.once()
        print("end")
    """,
    "thread of C": HERE + """
        import ctypes
        def work(_):
            import shop.till
        START = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
        start, thread = START(work), ctypes.c_ulong()
        library = ctypes.CDLL(None)
        library.pthread_create(ctypes.byref(thread), None, start, None)
        library.pthread_join(thread, None)
        import single; single.once()
    """,
    "modules of its own alone": """
        import sys
        sys.path[:] = [PROJECT]
        import single; single.once()
    """,
    "audit hook of its own": HERE + """
        seen = []
        sys.addaudithook(lambda event, args: event == "import" and seen.append(args[0]))
        import single; single.once(); print(seen)
    """,
    "coverage of its own": HERE + """
        import coverage
        print(coverage.Coverage.current() is not None); import single; single.once()
    """,
    "pytest": """
        import os, subprocess, sys
        os.chdir(PROJECT)
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "checks.py"], env={})
        sys.exit(done.returncode)
    """,
    "variables are cleared": HERE + "import os; os.environ.clear()\nimport single; single.once()\n",
    "variables are replaced": HERE + """
        import os
        from unittest import mock
        with mock.patch.dict(os.environ, {"COVERAGE_FILE": "/nowhere", "COVERAGE_PROCESS_CONFIG": "x"}, clear=True):
            import single
            single.once()
    """,
    "an os.environ of its own": HERE + "import os; os.environ = {}\nimport single; single.once()\n",
    "another folder": HERE + "import os; os.chdir('/'); import single; single.once()\n",
    "at exit": HERE + """
        import atexit
        def late():
            import single; single.once()
        atexit.register(late)
    """,
    "signal handler": HERE + """
        import os, signal
        def handle(*_):
            import single; single.once()
        signal.signal(signal.SIGUSR1, handle); os.kill(os.getpid(), signal.SIGUSR1)
    """,
    "finaliser": HERE + """
        class Last:
            def __del__(self):
                import single; single.once()
        Last()
    """,
    "coroutine": HERE + """
        import asyncio
        async def main():
            import shop.till
            await asyncio.sleep(0)
            return await asyncio.to_thread(shop.till.count, 2) if sys.version_info >= (3, 9) else shop.till.count(2)
        asyncio.run(main())
    """,
    "exception": HERE + "import single\ntry:\n    single.fail()\nexcept ValueError as error: print(error)\n",
    "a folder whose name has quotes": """
        import os, sys, tempfile
        folder = tempfile.mkdtemp() + '/a"b'; os.mkdir(folder)
        sys.path.insert(0, PROJECT)
        os.execv(sys.executable, [sys.executable, "-c", "import os; os.chdir(%r); os.execv(%r, [%r, %r])" % (
            folder, sys.executable, sys.executable, PROJECT + "/script.py")])
    """,
    "modules beside the program that its end would import": """
        # files/keyword.py: print("the program's own keyword")
        # files/operator.py: print("the program's own operator")
        # files/_sqlite3.py: print("the program's own _sqlite3")
        import sys
        sys.path.append(PROJECT); import single; single.once()
    """,
    "an import of its own": HERE + """
        import importlib
        from unittest import mock
        import single
        with mock.patch("builtins.__import__", side_effect=ImportError):
            code = compile(open(PROJECT + "/script.py").read(), PROJECT + "/script.py", "exec")
            exec(code, {"__name__": "script"})
    """,
    "a limit of file sizes": """
        import resource, signal, sys
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        sys.path.insert(0, PROJECT); import single; single.once()
        import os; os._exit(0)
    """,
    "a fork by C": HERE + """
        import ctypes, os, signal
        import single
        child = ctypes.CDLL(None).fork()
        if child == 0:
            import coverage
            os._exit(0)
        os.waitpid(child, 0)
        single.once(); os.kill(os.getpid(), signal.SIGKILL)
    """,
    "files of a zip archive in threads": """
        import sys, tempfile, threading, zipfile
        path = tempfile.mkdtemp() + "/lib.zip"
        with zipfile.ZipFile(path, "w") as file:
            for number in range(8): file.writestr("z%d.py" % number, "def f():\n    return 1\nf()\n")
        sys.path.insert(0, path)
        together = threading.Barrier(8)
        def work(number):
            together.wait(); __import__("z%d" % number)
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
    """,
    "coverage in a thread of _thread": HERE + """
        import _thread
        import single
        done = _thread.allocate_lock(); done.acquire()
        def work():
            import coverage
            single.once(); done.release()
        _thread.start_new_thread(work, ())
        done.acquire()
    """,
    "forks while a thread imports": HERE + """
        import os, threading, warnings
        warnings.simplefilter("ignore")  # Python 3.12 says so if the thread still runs
        import single
        thread = threading.Thread(target=lambda: __import__("sqlite3")); thread.start()
        children = []
        for _ in range(8):
            child = os.fork()
            if child == 0: single.once(); sys.exit(0)
            children.append(child)
        print([os.waitpid(child, 0)[1] for child in children]); thread.join()
    """,
    "handlers that raise": HERE + """
        import signal, time
        class Late(Exception): pass
        def handle(*_): raise Late
        signal.signal(signal.SIGALRM, handle)
        text = "def f():\n    return 1\nf()\n"
        lost = 0
        for number in range(150):
            code = compile(text, PROJECT + "/" + "./" * number + "single.py", "exec")
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.00005)
                for _ in range(40): exec(code, {"__name__": "single"})
                time.sleep(0.01); lost += 1
            except Late: pass
        print(lost)
    """,
    "keyboard interrupt": HERE + "import single; single.once(); raise KeyboardInterrupt\n",
    "exit status": HERE + "import single; single.once(); sys.exit(5)\n",
    "uncaught exception": HERE + "import single; single.fail()\n",
    "recursion": HERE + """
        def deep(n):
            if n: return deep(n - 1)
            import single
            return single.once()
        deep(200)
    """,
    "namespace package": HERE + "import space.inner; space.inner.here()\n",
    "template": "exec(compile('a = 1\\nb = 2\\n', PROJECT + '/never.html', 'exec'))\n",
    "a name that is not there": "exec(compile('a = 1\\n', PROJECT + '/gone.py', 'exec'))\n",
    "a string": "exec('a = 1')\n",
    "modules beside the program": """
        # files/random.py: raise SystemExit("the program's own module")
        # files/json/__init__.py: raise SystemExit("the program's own module")
        # files/sqlite3.py: raise SystemExit("the program's own module")
        import os, sys
        sys.path.append(PROJECT); import single; single.once()
    """,
    "a failing import": HERE + "try:\n    import broken\nexcept ZeroDivisionError: print('broken')\n",
    "another interpreter's library": HERE + "sys.path.insert(0, '/usr/lib/python3/dist-packages')\nimport single; single.once()\n",
    "nothing": "print(1)\n",
    "nothing, with modules": "import json, email.message, argparse, threading, logging\nprint(1)\n",
    "nothing, with a thread": "import threading; thread = threading.Thread(target=int); thread.start(); thread.join()\n",
    "killed": SHOP + "import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n",
    "killed in a thread": HERE + """
        import os, signal, threading, time
        def work():
            import shop.till; shop.till.count(2); os.kill(os.getpid(), signal.SIGKILL)
        threading.Thread(target=work).start(); time.sleep(60)
    """,
    "os._exit": SHOP + "import os; os._exit(3)\n",
    "killed before": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n",
}

#: name -> the words behind the interpreter. PROGRAM stands for a file with the text of WAYS["import"].
STARTS = {
    "-c": ["-c", "import sys; sys.path.insert(0, PROJECT); import single; single.once()"],
    "-m of the source": ["-m", "shop"],
    "-m of a module": ["-m", "single"],
    "-m of the library": ["-m", "timeit", "-n", "1", "-r", "1", "import sys; sys.path.insert(0, PROJECT); import single"],
    "the source's own script": ["PROJECT/script.py"],
    "-I": ["-I", "PROGRAM"],
    "-E": ["-E", "PROGRAM"],
    "-S": ["-S", "PROGRAM"],
    "-X dev": ["-X", "dev", "PROGRAM"],
    "-O": ["-O", "PROGRAM"],
    "-B -u": ["-B", "-u", "PROGRAM"],
    "-W error": ["-W", "error", "PROGRAM"],
    "-V": ["-V"],
    "standard input": ["-"],
}


def program(name):
    """The text of a key of WAYS, without its indentation, and the files beside it: path -> content.

    A comment `# files/PATH: CONTENT` in the text makes a file.
    """
    text = textwrap.dedent(WAYS[name]) if not WAYS[name].startswith((HERE, SHOP)) else WAYS[name]
    for start in (SHOP, HERE):
        if text.startswith(start):
            text = start + textwrap.dedent(text[len(start):])
            break
    files = {}
    for line in text.splitlines():
        if line.startswith("# files/"):
            path, _, content = line[len("# files/"):].partition(": ")
            files[path] = content + "\n"
    return text, files
