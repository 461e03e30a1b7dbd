# SPDX-License-Identifier: MIT
"""Programs that stand between a test and the program that it starts.

A Chain has the words that the test types, and the files that they need (name -> text). "@" stands for the words of the
program's command, `{command}` for the same as text for a shell, `{python}` for the interpreter, `{folder}` for the
working directory, `{library}` for the value of LD_PRELOAD.
"""

from collections import namedtuple

Chain = namedtuple("Chain", "typed files", defaults=[{}])

REPOSITORY = """
export GIT_AUTHOR_DATE="1700000000 +0000" GIT_COMMITTER_DATE="1700000000 +0000"
g() {{ git -c user.name=you -c user.email=you@example.org -c init.defaultBranch=main "$@"; }}
g init -q ."""
BISECT = REPOSITORY + """
for n in 1 2 3; do g commit -q --allow-empty -m $n; done
g bisect start HEAD HEAD~2 >/dev/null; exec git bisect run {command}"""
HOOK = REPOSITORY + """
printf '#!/bin/sh\\n{command}\\n' >.git/hooks/pre-commit; chmod +x .git/hooks/pre-commit
g commit -q --allow-empty -m 1"""

START_STOP_DAEMON = ["start-stop-daemon", "--start", "--pidfile", "none", "--chdir", "{folder}"]
AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
# Capabilities to read all files, without which another user could not run a program in the tests' folder.
READS_ALL = ["--inh-caps=+dac_override,+dac_read_search", "--ambient-caps=+dac_override,+dac_read_search"]
# OF_A_USER runs sudo as the user `nobody`. Only that process and its children see the sudoers file.
SUDOERS = {"sudoers": "Defaults env_reset\nnobody ALL=(ALL) NOPASSWD: ALL\n"}
OF_A_USER = ["unshare", "--mount", "sh", "-c", 'mount --bind sudoers /etc/sudoers && exec "$@"', "sh",
             *AS_NOBODY, "sudo", "-n"]

# The chains whose programs scripts/test installs.
DEFAULT = {
    # The `exit` behind the command makes the shell stay, because a shell executes its last command in its place.
    "bash": Chain(["bash", "-c", "{command}; exit $?"]),
    "bash_exec": Chain(["bash", "-c", "exec {command}"]),
    "bash_job": Chain(["bash", "-c", "{command} & wait $!"]),
    "bash_login": Chain(["bash", "-lc", "{command}; exit $?"]),
    "bash_substitution": Chain(["bash", "-c", "x=$({command}); exit $?"]),
    "dash": Chain(["dash", "-c", "{command}; exit $?"]),
    "dash_pipe": Chain(["dash", "-c", "{command} | cat"]),
    "zsh": Chain(["zsh", "-c", "{command}; exit $?"]),
    "zsh_exec": Chain(["zsh", "-fc", "exec {command}"]),
    "busybox_sh": Chain(["busybox", "sh", "-c", "{command}; exit $?"]),
    "busybox_env": Chain(["busybox", "env", "-i", "@"]),
    "busybox_xargs": Chain(["busybox", "xargs", "-a", "words", "@"], {"words": "ends"}),
    "cron": Chain(["env", "-i", "/bin/sh", "-c", "{command}"]),
    "cron_of_a_user": Chain(["env", "-i", "SHELL=/bin/sh", "PATH=/usr/bin:/bin", "HOME=/", "LOGNAME=root",
                             "/bin/sh", "-c", "{command}; exit $?"]),
    "script_of_a_script": Chain(["./outer"], {"outer": "#!./inner\n", "inner": "#!/bin/sh\n{command}\n"}),
    "make": Chain(["make"], {"Makefile": "all:\n\t{command}\n"}),
    "make_with_a_shell": Chain(["make", "-s"], {"Makefile": "SHELL = /bin/bash\nall:\n\t{command} && true\n"}),
    "make_below_make": Chain(["make"], {"Makefile": "all:\n\t$(MAKE) below\nbelow:\n\t{command}\n"}),
    "make_jobs": Chain(["make", "-j2"], {"Makefile": "all: one two\none:\n\t{command}\ntwo:\n\ttrue\n"}),
    "make_shell_function": Chain(["make"], {"Makefile": "X := $(shell {command})\nall:\n\t@true\n"}),
    "make_unexports": Chain(
        ["make"], {"Makefile": "unexport LD_PRELOAD COVERAGE_PROCESS_CONFIG\nall:\n\t{command}\n"}
    ),
    "ninja": Chain(["ninja"], {"build.ninja": "rule run\n command = {command}\nbuild all: run\n"}),
    "git_alias": Chain(["git", "-c", "alias.go=!{command}", "go"]),
    "git_hook": Chain(["sh", "-c", HOOK]),
    "git_bisect": Chain(["sh", "-c", BISECT]),
    "ssh_agent": Chain(["ssh-agent", "@"]),
    "sudo": Chain(["sudo", "-n", "@"]),
    "sudo_keeps": Chain(["sudo", "-n", "-E", "@"]),
    "sudo_shell": Chain(["sudo", "-n", "-i", "sh", "-c", "cd {folder} && {command}"]),
    "sudo_of_a_user": Chain([*OF_A_USER, "@"], SUDOERS),
    "sudo_of_a_user_keeps": Chain([*OF_A_USER, "-E", "@"], SUDOERS),
    "sudo_of_a_user_preloads": Chain([*OF_A_USER, "-E", "env", "LD_PRELOAD={library}", "@"], SUDOERS),
    "su": Chain(["su", "-c", "cd {folder} && {command}"]),
    "su_login": Chain(["su", "-", "root", "-c", "cd {folder} && {command}"]),
    "runuser": Chain(["runuser", "-u", "root", "--", "@"]),
    "setpriv": Chain(["setpriv", "--no-new-privs", "--reset-env", "@"]),
    "setpriv_nobody": Chain([*AS_NOBODY, *READS_ALL, "@"]),
    "start_stop_daemon": Chain([*START_STOP_DAEMON, "--startas", "{python}", "--", "program.py"]),
    "script": Chain(["script", "-qec", "{command}", "/dev/null"]),
    "timeout": Chain(["timeout", "60", "@"]),
    "nohup": Chain(["nohup", "@"]),
    "nice": Chain(["nice", "@"]),
    "setsid": Chain(["setsid", "--wait", "@"]),
    "stdbuf": Chain(["stdbuf", "-oL", "@"]),
    "flock": Chain(["flock", "lock", "@"]),
    "chroot": Chain(["chroot", "/", "sh", "-c", "cd {folder} && {command}"]),
    "xargs": Chain(["xargs", "-a", "words", "-n", "1", "@"], {"words": "ends"}),
    "find_exec": Chain(["find", ".", "-maxdepth", "0", "-exec", "@", ";"]),
    "find_execdir": Chain(["find", "program.py", "-execdir", "@", ";"]),
    "perl": Chain(["perl", "-e", "%ENV = (); exit(system(@ARGV) >> 8)", "@"]),
    "awk": Chain(["awk", 'BEGIN {{ exit system("{command}") }}']),
    "loader": Chain(["/lib64/ld-linux-x86-64.so.2", "@"]),
}

JAVA = """
import java.util.*;
public class Start {{
  public static void main(String[] command) throws Exception {{
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().clear();
    System.exit(builder.start().waitFor());
  }}
}}
"""
NODE = """
const [file, ...rest] = process.argv.slice(1);
require("child_process").spawn(file, rest, {{env: {{}}, stdio: "inherit"}})
  .on("exit", (code, signal) => console.log(code, signal));
"""
PACKAGE = '{{"name": "it", "version": "1.0.0", "scripts": {{"test": "{command}"}}}}'
POM = """
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>it</groupId><artifactId>it</artifactId><version>1</version><packaging>pom</packaging>
  <build><plugins><plugin>
    <groupId>org.codehaus.mojo</groupId><artifactId>exec-maven-plugin</artifactId><version>3.1.0</version>
    <configuration>
      <executable>{python}</executable><arguments><argument>program.py</argument></arguments>
    </configuration>
  </plugin></plugins></build>
</project>
"""

# Chains of runtimes that are too large to be installed for this alone.
FULL = {
    "java": Chain(["java", "Start.java", "@"], {"Start.java": JAVA}),
    "node": Chain(["node", "-e", NODE, "--", "@"]),
    "npm_script": Chain(["npm", "test"], {"package.json": PACKAGE}),
    "npm_run": Chain(["npm", "run", "--silent", "test"], {"package.json": PACKAGE}),
    "maven": Chain(["mvn", "-q", "-B", "-Dmaven.repo.local={folder}/../repository", "exec:exec"], {"pom.xml": POM}),
}

CHAINS = DEFAULT | FULL
