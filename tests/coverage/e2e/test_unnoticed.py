# SPDX-License-Identifier: MIT
"""A measured program sees the same of itself as without the library."""


def printed(project, *command):
    """The command's output. Fails if the output with the library differs from that without."""
    bare = project.run(*command, preload=False)
    assert project.run(*command) == bare
    return bare


def test_trace_and_profile_functions_see_only_the_program(small):
    small.write("traced.py", """
        import os, subprocess, sys

        seen = []

        def watch(frame, event, argument):
            seen.append(f"{event} {os.path.basename(frame.f_code.co_filename)}:{frame.f_code.co_name}")

        subprocess.run(["true"])
        before = sys.gettrace()
        sys.settrace(watch)
        sys.settrace(before)
        sys.setprofile(watch)
        subprocess.run(["true"], env={})
        if os.fork() == 0:
            os._exit(0)
        os.wait()
        sys.setprofile(None)
        print(*sorted(set(seen)), sep="\\n")
    """)
    assert "subprocess.py:run" in printed(small, small.stack.python, "-m", "coverage", "run", "traced.py")


def test_coverages_own_measuring_of_multiprocessing_is_left_to_it(small):
    small.configure("concurrency = multiprocessing")
    small.write("pool.py", """
        import multiprocessing
        import job

        if __name__ == "__main__":
            process = multiprocessing.get_context("fork").Process(target=job.work)
            process.start()
            process.join()
    """)
    small.write("count.py", """
        import glob, os, subprocess, sys

        subprocess.run([sys.executable, "-m", "coverage", "run", "pool.py"], check=True)
        files = glob.glob(".coverage.*")
        print(len(files), "data files")
        for file in files:
            os.unlink(file)
    """)
    assert printed(small, small.stack.python, "count.py") == "2 data files\n"
