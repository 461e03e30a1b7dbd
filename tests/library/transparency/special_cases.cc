// SPDX-License-Identifier: MIT
// Cases for one function alone, for inherited state, and for the limits of the kernel.
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "exec_cases.h"
#include "exec_functions.h"

namespace transparency {
namespace {

constexpr uid_t kNobody = 65534;

void need(bool holds) {
  if (!holds) std::abort();
}

struct Given {
  const char* path;
  char** argv;
  char** envp;
};

Given given(Scene& scene, const std::string& target = "receiver") {
  return {scene.text(scene.path(target)), scene.array({"receiver", "one"}),
          scene.array({"GIVEN=1"})};
}

// ---- execveat and fexecve: a file that is open already ----

struct At {
  const char* name;
  const char* folder;  // opened as the descriptor; nullptr: -1
  const char* path;
  int flags = 0;
  int open_flags = O_RDONLY;
  unsigned traits = 0;
};

constexpr At kAt[] = {
    {"below_descriptor", ".", "receiver", 0, O_RDONLY | O_DIRECTORY | O_CLOEXEC},
    {"below_path_descriptor", ".", "receiver", 0, O_PATH | O_CLOEXEC},
    {"empty_path", "receiver", "", AT_EMPTY_PATH, O_RDONLY | O_CLOEXEC},
    {"empty_path_by_path_descriptor", "receiver", "", AT_EMPTY_PATH, O_PATH | O_CLOEXEC},
    {"empty_path_without_flag", "receiver", "", 0},
    {"link_not_followed", ".", "link-to-receiver", AT_SYMLINK_NOFOLLOW},
    {"bad_flags", ".", "receiver", 0x40000000},
    {"bad_descriptor", nullptr, "receiver"},
    {"missing_below", ".", "missing"},
    {"below_a_file", "receiver", "x"},
    {"script_by_closed_descriptor", "script", "", AT_EMPTY_PATH, O_RDONLY | O_CLOEXEC},
    {"script_by_descriptor", "script", "", AT_EMPTY_PATH, O_RDONLY, kShell},
    {"elf32_below_descriptor", ".", "receiver32", 0, O_PATH | O_CLOEXEC, kForeign},
    {"elf32_empty_path", "receiver32", "", AT_EMPTY_PATH, O_RDONLY | O_CLOEXEC, kForeign},
};

void add_execveat(std::vector<Case>& cases) {
  for (const At& at : kAt) {
    cases.push_back({std::string("execveat/") + at.name, kReplaces | at.traits, [at](Scene& scene) {
                       const int fd = at.folder == nullptr
                                          ? -1
                                          : open(scene.path(at.folder).c_str(), at.open_flags);
                       const Given call = given(scene);
                       need(chdir("/") == 0);
                       return Call{[=](Result& result) {
                                     record(result, [&] {
                                       return execveat(fd, at.path, call.argv, call.envp, at.flags);
                                     });
                                   },
                                   true, call.envp};
                     }});
  }
}

struct Descriptor {
  const char* name;
  const char* file;  // nullptr: 76, which is not open
  int open_flags = O_RDONLY;
  unsigned traits = 0;
};

constexpr Descriptor kDescriptors[] = {
    {"close_on_exec", "receiver", O_RDONLY | O_CLOEXEC},
    {"path_descriptor", "receiver", O_PATH | O_CLOEXEC},
    {"script_close_on_exec", "script", O_RDONLY | O_CLOEXEC},
    {"not_open", nullptr},
    {"elf32_close_on_exec", "receiver32", O_RDONLY | O_CLOEXEC, kForeign},
    {"asan_path_descriptor", "receiver_asan", O_PATH | O_CLOEXEC, kForeign},
};

Call fexecve_call(int fd, char** argv, char** envp) {
  return {[=](Result& result) { record(result, [&] { return fexecve(fd, argv, envp); }); }, true,
          envp};
}

int memory_file(const std::string& from) {
  const int source = open(from.c_str(), O_RDONLY);
  const int copy = memfd_create("copy", MFD_CLOEXEC);
  char buffer[65536];
  ssize_t length = 0;
  while ((length = read(source, buffer, sizeof(buffer))) > 0) {
    need(write(copy, buffer, static_cast<size_t>(length)) == length);
  }
  close(source);
  return copy;
}

void add_fexecve(std::vector<Case>& cases) {
  for (const Descriptor& descriptor : kDescriptors) {
    cases.push_back({std::string("fexecve/") + descriptor.name, kReplaces | descriptor.traits,
                     [descriptor](Scene& scene) {
                       const Given call = given(scene);
                       const int fd =
                           descriptor.file == nullptr
                               ? 76
                               : open(scene.path(descriptor.file).c_str(), descriptor.open_flags);
                       return fexecve_call(fd, call.argv, call.envp);
                     }});
  }
  cases.push_back({"fexecve/negative", kReplaces, [](Scene& scene) {
                     const Given call = given(scene);
                     return fexecve_call(-1, call.argv, call.envp);
                   }});
  cases.push_back({"fexecve/memory_file", kReplaces, [](Scene& scene) {
                     const Given call = given(scene);
                     return fexecve_call(memory_file(call.path), call.argv, call.envp);
                   }});
  cases.push_back({"fexecve/elf32_memory_file", kReplaces | kForeign, [](Scene& scene) {
                     const Given call = given(scene, "receiver32");
                     return fexecve_call(memory_file(call.path), call.argv, call.envp);
                   }});
}

// ---- pointers that the kernel refuses ----

// NOLINTNEXTLINE(performance-no-int-to-ptr)
char** bad_pointer() { return reinterpret_cast<char**>(std::uintptr_t{8}); }

void add_pointers(std::vector<Case>& cases) {
  for (const ExecFunction& function : exec_functions()) {
    const std::string name = function.name;
    if (function.variadic || name == "fexecve") continue;
    const unsigned traits = function.replaces ? unsigned{kReplaces} : 0;
    const auto add = [&](const char* form, auto change) {
      cases.push_back({name + "/" + form, traits, [&function, change](Scene& scene) {
                         Given call = given(scene);
                         change(call);
                         const bool readable = call.envp != bad_pointer();
                         return Call{[&function, call](Result& result) {
                                       function.call(result, call.path, call.argv, call.envp);
                                     },
                                     function.takes_environment && readable,
                                     readable ? call.envp : nullptr};
                       }});
    };
    if (!function.searches_path) add("null_path", [](Given& call) { call.path = nullptr; });
    if (function.replaces) {  // posix_spawn counts the arguments itself: undefined
      if (!function.searches_path) add("null_arguments", [](Given& call) { call.argv = nullptr; });
      add("bad_arguments", [](Given& call) { call.argv = bad_pointer(); });
    }
    if (function.takes_environment)
      add("bad_environment", [](Given& call) { call.envp = bad_pointer(); });
  }
}

// ---- posix_spawn: attributes and file actions ----

struct SpawnOptions {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
};

struct SpawnForm {
  const char* name;
  void (*prepare)(Scene& scene, SpawnOptions& options);
  const char* path = nullptr;  // as it is; nullptr: the receiver by its whole path
  unsigned traits = 0;
};

void set_flags(SpawnOptions& options, int flags) {
  posix_spawnattr_setflags(&options.attributes, static_cast<short>(flags));
}

const SpawnForm kSpawnForms[] = {
    {"own_group", [](Scene&, SpawnOptions& options) { set_flags(options, POSIX_SPAWN_SETPGROUP); }},
    {"own_session", [](Scene&, SpawnOptions& options) { set_flags(options, POSIX_SPAWN_SETSID); }},
    {"signal_mask",
     [](Scene&, SpawnOptions& options) {
       sigset_t set{};
       sigaddset(&set, SIGUSR2);
       posix_spawnattr_setsigmask(&options.attributes, &set);
       set_flags(options, POSIX_SPAWN_SETSIGMASK);
     }},
    {"default_signals",
     [](Scene&, SpawnOptions& options) {
       std::signal(SIGPIPE, SIG_IGN);
       std::signal(SIGUSR2, SIG_IGN);
       sigset_t set{};
       sigaddset(&set, SIGPIPE);
       posix_spawnattr_setsigdefault(&options.attributes, &set);
       set_flags(options, POSIX_SPAWN_SETSIGDEF);
     }},
    {"open_and_close",
     [](Scene& scene, SpawnOptions& options) {
       posix_spawn_file_actions_addopen(&options.actions, 9, scene.path("script").c_str(), O_RDONLY,
                                        0);
       posix_spawn_file_actions_adddup2(&options.actions, 9, 8);
       posix_spawn_file_actions_addclose(&options.actions, 0);
     }},
    {"close_from",
     [](Scene&, SpawnOptions& options) {
       need(dup2(0, 90) == 90);
       posix_spawn_file_actions_addclosefrom_np(&options.actions, 78);
     }},
    {"open_missing",
     [](Scene& scene, SpawnOptions& options) {
       posix_spawn_file_actions_addopen(&options.actions, 9, scene.path("missing").c_str(),
                                        O_RDONLY, 0);
     }},
    {"change_folder",
     [](Scene& scene, SpawnOptions& options) {
       need(chdir("/") == 0);
       posix_spawn_file_actions_addchdir_np(&options.actions, scene.path("here").c_str());
     },
     "../receiver"},
    {"change_folder_missing",
     [](Scene& scene, SpawnOptions& options) {
       posix_spawn_file_actions_addchdir_np(&options.actions, scene.path("missing").c_str());
     }},
};

template <auto Function>
void add_spawn(std::vector<Case>& cases, const std::string& name) {
  for (const SpawnForm& form : kSpawnForms) {
    cases.push_back({name + "/" + form.name, form.traits, [&form](Scene& scene) {
                       const Given call = given(scene);
                       auto* options =
                           new SpawnOptions;  // lives as long as the process of this case
                       posix_spawnattr_init(&options->attributes);
                       posix_spawn_file_actions_init(&options->actions);
                       form.prepare(scene, *options);
                       const char* path = form.path == nullptr ? call.path : form.path;
                       return Call{[=](Result& result) {
                                     pid_t child = -1;
                                     record(result, [&] {
                                       return Function(&child, path, &options->actions,
                                                       &options->attributes, call.argv, call.envp);
                                     });
                                     if (result.value == 0) wait_for(result, child);
                                   },
                                   true, call.envp};
                     }});
  }
  cases.push_back({name + "/pid_not_wanted", 0, [](Scene& scene) {
                     const Given call = given(scene);
                     return Call{[=](Result& result) {
                                   record(result, [&] {
                                     return Function(nullptr, call.path, nullptr, nullptr,
                                                     call.argv, call.envp);
                                   });
                                   wait_for(result, -1);
                                 },
                                 true, call.envp};
                   }});
  cases.push_back({name + "/pid_on_error", 0, [](Scene& scene) {
                     const Given call = given(scene, "missing");
                     return Call{[=](Result& result) {
                                   pid_t child = -77;
                                   record(result, [&] {
                                     return Function(&child, call.path, nullptr, nullptr, call.argv,
                                                     call.envp);
                                   });
                                   std::snprintf(result.text, sizeof(result.text), "%s",
                                                 child == -77 ? "kept" : "changed");
                                 },
                                 true, call.envp};
                   }});
}

// ---- state that every function passes on, and obstacles ----

struct Circumstance {
  const char* name;
  void (*make)(Scene& scene, Given& call);
  unsigned traits = 0;
};

void inherit_everything(Scene& scene, Given&) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGURG, SIG_IGN);
  std::signal(SIGTERM, [](int) {});
  sigset_t blocked{};
  for (const int signal : {SIGURG, SIGINT, SIGRTMIN, SIGRTMAX}) sigaddset(&blocked, signal);
  sigprocmask(SIG_BLOCK, &blocked, nullptr);
  raise(SIGINT);  // stays pending over an exec
  umask(027);
  need(setpgid(0, 0) == 0);
  need(dup2(0, 90) == 90);
  need(open(scene.path("script").c_str(), O_RDONLY | O_CLOEXEC) >= 0);
}

void fill_descriptors(Scene&, Given&) {
  rlimit limit{200, 200};
  need(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) {
  }
}

void become_nobody() {
  need(setresgid(kNobody, kNobody, kNobody) == 0);
  need(setresuid(kNobody, kNobody, kNobody) == 0);
}

const Circumstance kCircumstances[] = {
    {"inherited_state", inherit_everything},
    {"descriptors_exhausted", fill_descriptors,
     kForeign},  // the program's image cannot be known then
    {"unreadable_target",
     [](Scene& scene, Given& call) {
       call.path = scene.text(scene.path("receiver-unreadable"));
       become_nobody();
     }},
    {"unsearchable_folder",
     [](Scene& scene, Given& call) {
       call.path = scene.text(scene.path("closed/receiver"));
       become_nobody();
     }},
    {"target_open_for_writing",
     [](Scene& scene, Given& call) {
       call.path = scene.text(scene.path("receiver-written"));
       need(open(call.path, O_WRONLY | O_CLOEXEC) >= 0);
     }},
    {"argument_too_long",
     [](Scene& scene, Given& call) {
       call.argv = scene.array({"receiver", std::string(140'000, 'a')});
     }},
    {"arguments_too_long",
     [](Scene& scene, Given& call) {
       Strings arguments(80, std::string(100'000, 'a'));
       call.argv = scene.array(arguments);
     },
     kDeep},
    {"entry_too_long",
     [](Scene& scene, Given& call) {
       call.envp = scene.array({"A=" + std::string(140'000, 'a')});
     }},
};

void add_circumstances(std::vector<Case>& cases) {
  for (const ExecFunction& function : exec_functions()) {
    for (const Circumstance& circumstance : kCircumstances) {
      const std::string form = circumstance.name;
      if (function.variadic && form == "arguments_too_long") continue;
      if (form == "entry_too_long" && !function.takes_environment) continue;
      if (std::string(function.name) == "fexecve" && form.rfind("un", 0) == 0)
        continue;  // cannot open it
      cases.push_back({std::string(function.name) + "/" + form,
                       (function.replaces ? unsigned{kReplaces} : 0) | circumstance.traits,
                       [&function, &circumstance](Scene& scene) {
                         Given call = given(scene);
                         circumstance.make(scene, call);
                         return Call{[&function, call](Result& result) {
                                       function.call(result, call.path, call.argv, call.envp);
                                     },
                                     function.takes_environment, call.envp};
                       }});
    }
  }
}

// ---- an environment that just fits into what the kernel allows, so that nothing more does ----

// execve() without libc, because the library also interposes syscall().
long raw_execve(const Given& call) {
  long result = SYS_execve;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(call.path), "S"(call.argv), "d"(call.envp)
               : "rcx", "r11", "memory");
  return result;
}

bool fits(const Given& call) {
  const pid_t child = fork();
  if (child == 0) {
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, 1);
    dup2(nowhere, 77);
    raw_execve(call);
    _exit(98);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0;
}

void add_limit(std::vector<Case>& cases) {
  for (const ExecFunction& function : exec_functions()) {
    if (!function.takes_environment) continue;
    cases.push_back(
        {std::string(function.name) + "/environment_just_fits",
         (function.replaces ? unsigned{kReplaces} : 0) | kMayForward, [&function](Scene& scene) {
           const rlimit limit{1UL << 20, 1UL << 20};  // a quarter of it is for strings
           need(setrlimit(RLIMIT_STACK, &limit) == 0);
           Given call = given(scene);
           size_t good = 0;
           size_t bad = 120'000;
           char** best = nullptr;
           while (bad - good > 1) {
             const size_t length = (good + bad) / 2;
             call.envp =
                 scene.array({"A=" + std::string(100'000, 'a'), "B=2", "C=3", "D=4",
                              "E=" + std::string(60'000, 'e'), "F=" + std::string(length, 'f')});
             const bool did = fits(call);
             (did ? good : bad) = length;
             if (did) best = call.envp;
           }
           need(best != nullptr);
           // A few bytes stay free, because fexecve and execveat give the program another name.
           best[5][std::strlen(best[5]) - 40] = '\0';
           call.envp = best;
           return Call{[&function, call](Result& result) {
                         function.call(result, call.path, call.argv, call.envp);
                       },
                       true, call.envp};
         }});
  }
}

}  // namespace

std::vector<Case> special_cases() {
  std::vector<Case> cases;
  add_execveat(cases);
  add_fexecve(cases);
  add_pointers(cases);
  add_spawn<posix_spawn>(cases, "posix_spawn");
  add_spawn<posix_spawnp>(cases, "posix_spawnp");
  add_circumstances(cases);
  add_limit(cases);
  cases.push_back({"syscall/execve", kReplaces, [](Scene& scene) {
                     const Given call = given(scene);
                     return Call{[=](Result& result) {
                                   record(result, [&] {
                                     return syscall(SYS_execve, call.path, call.argv, call.envp);
                                   });
                                 },
                                 true, call.envp};
                   }});
  return cases;
}

}  // namespace transparency
