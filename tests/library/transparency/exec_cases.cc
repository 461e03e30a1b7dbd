// SPDX-License-Identifier: MIT
#include "exec_cases.h"

#include <unistd.h>

#include <cstdlib>

#include "exec_functions.h"

namespace transparency {
namespace {

// A program to execute. `path` is relative to the folder of targets, unless `as_is` is true.
struct Target {
  const char* name;
  std::string path;
  Strings arguments;
  unsigned traits = 0;
  bool as_is = false;
  bool exists = true;  // fexecve can open it
};

std::vector<Target> targets() {
  std::vector<Target> all = {
      {"plain", "receiver", {"receiver", "one", "two"}},
      {"arg0_differs", "receiver", {"-another name", "one"}},
      {"arg0_empty", "receiver", {"", "one"}},
      {"no_arguments", "receiver", {}},
      {"argument_bytes", "receiver", {"receiver", "\xff\xfe", "", "new\nline", "caf\xc3\xa9"}},
      {"exit_status", "receiver", {"receiver", "@exit7"}},
      {"executes_again", "receiver", {"receiver", "@again"}},
      {"executes_again_without_environment", "receiver", {"receiver", "@again-bare"}},
      {"relative_with_slash", "./receiver", {"receiver"}, 0, true},
      {"symbolic_link", "link-to-receiver", {"link"}},
      {"missing", "missing", {"missing"}, 0, false, false},
      {"empty_name", "", {"empty"}, 0, true, false},
      {"in_a_file", "receiver/x", {"x"}, 0, false, false},
      {"link_loop", "loop", {"loop"}, 0, false, false},
      {"name_too_long", std::string(300, 'n'), {"n"}, 0, false, false},
      {"path_too_long", "/" + std::string(5000, 'p'), {"p"}, 0, true, false},
      {"directory", "folder", {"folder"}},
      {"not_executable", "not-executable", {"not-executable"}},
      {"empty_file", "empty-file", {"empty-file"}},
      {"truncated_elf", "truncated-elf", {"truncated-elf"}},
      {"script", "script", {"script", "one"}, kShell},
      {"script_with_arguments", "script-direct", {"arg0 is lost", "one"}},
      {"script_of_script", "script-chain", {"script-chain", "one"}},
      {"script_missing_interpreter", "script-missing", {"script-missing"}},
      {"script_without_interpreter", "no-shebang", {"no-shebang", "one two"}, kShell},
      {"script_to_itself", "script-itself", {"script-itself"}},
      {"foreign_machine", "foreign-machine", {"foreign"}, kForeign},
      {"elf32", "receiver32", {"receiver32", "one"}, kForeign},
      {"elf32_static", "receiver32_static", {"receiver32", "one"}, kForeign},
      {"script_for_elf32", "script-32", {"script-32", "one"}, kForeign},
      {"script_of_script_for_elf32", "script-chain-32", {"script-chain-32"}, kForeign},
      {"script_by_env_for_elf32", "script-env-32", {"script-env-32"}, kForeign},
      {"asan", "receiver_asan", {"receiver_asan", "one"}, kForeign},
      {"script_for_asan", "script-asan", {"script-asan"}, kForeign},
      {"static", "receiver_static", {"receiver_static", "one"}},
      {"set_user_id", "receiver-setuid", {"receiver-setuid"}, kSecure},
  };
  for (const size_t length : kLongArguments) {
    Strings arguments = {"receiver"};
    while (arguments.size() < length) arguments.push_back("a" + std::to_string(arguments.size()));
    all.push_back({nullptr, "receiver", arguments, length > 1000 ? unsigned{kDeep} : 0});
  }
  return all;
}

std::string name_of(const Target& target) {
  if (target.name != nullptr) return target.name;
  return "arguments_" + std::to_string(target.arguments.size());
}

// The PATH by which a function looks for `program`. The working directory is the folder `here`.
struct Search {
  const char* name;
  const char* path;  // '@' stands for the folder of targets; nullptr: no PATH
  const char* program = "tool";
  unsigned traits = 0;
};

constexpr Search kSearches[] = {
    {"path_found", "@/bin-good"},
    {"path_second", "@/missing:@/bin-empty:@/bin-good"},
    {"path_relative", "../bin-good"},
    {"path_denied_then_found", "@/bin-denied:@/bin-good"},
    {"path_denied_then_missing", "@/bin-denied:@/bin-empty"},
    {"path_denied_at_the_end", "@/bin-empty:@/bin-denied"},
    {"path_folder_then_found", "@/bin-folder:@/bin-good"},
    {"path_folder_only", "@/bin-folder"},
    {"path_file_then_found", "@/receiver:@/bin-good"},
    {"path_loop_then_found", "@/loop:@/bin-good"},
    {"path_script_without_interpreter", "@/bin-no-shebang:@/bin-good", "tool", kShell},
    {"path_bad_interpreter_then_found", "@/bin-bad-interpreter:@/bin-good"},
    {"path_empty_entry_first", ":@/bin-empty"},
    {"path_empty_entry_middle", "@/bin-empty::@/bin-good"},
    {"path_empty_entry_last", "@/bin-empty:"},
    {"path_empty", ""},
    {"path_colon", ":"},
    {"path_unset", nullptr},
    {"path_missing", "@/bin-empty:@/missing"},
    {"path_ten_candidates", "/1:/2:/3:/4:/5:/6:/7:/8:/9:@/bin-good"},
    {"path_with_slash_in_name", "@", "../bin-good/tool"},
    {"path_elf32", "@", "receiver32", kForeign},
    {"path_asan", "@", "receiver_asan", kForeign},
};

std::string at(const Scene& scene, std::string text) {
  for (size_t mark = text.find('@'); mark != std::string::npos; mark = text.find('@', mark + 1)) {
    text.replace(mark, 1, scene.path("."));
    mark += scene.path(".").size() - 1;
  }
  return text;
}

// An environment that the caller gives. '@' stands for the folder of targets, '!' for the path of
// libcovenv.so.
struct Environment {
  const char* name;
  Strings entries;
  bool null = false;
  unsigned traits = 0;
};

std::vector<Environment> environments() {
  std::vector<Environment> all = {
      {"env_null", {}, true},
      {"env_empty", {}},
      {"env_plain", {"A=1", "PATH=/usr/bin:/bin"}},
      {"env_own_value", {"COV_CORE_SOURCE=mine", "A=1"}},
      {"env_all_carried", {"COV_CORE_SOURCE=mine", "COVERAGE_PROCESS_CONFIG=", "A=1"}},
      {"env_group_opted_out", {"A=1", "COV_CORE_SOURCE=", "B=2"}},
      {"env_group_opted_out_by_another", {"COV_CORE_CONFIG="}},
      {"env_single_opted_out", {"COVERAGE_PROCESS_CONFIG="}},
      {"env_name_without_value", {"COV_CORE_SOURCE", "A", "B=2"}},
      {"env_odd_bytes",
       {"\xff\xfe=\x80", "=leading", "", "A=\x01\n", "C\xc3\x28=x", "caf\xc3\xa9=1"}},
      {"env_similar_names",
       {"COV_CORE_SOURC=1", "XCOV_CORE_SOURCE=1", "LD_PRELOADS=x", "LD_PRELOA=y"}},
      {"env_duplicates", {"A=1", "A=2", "COV_CORE_SOURCE=1", "COV_CORE_SOURCE=2"}},
      {"env_preload_empty", {"LD_PRELOAD=", "A=1"}},
      {"env_preload_other", {"A=1", "LD_PRELOAD=@/neighbour.so", "B=2"}},
      {"env_preload_spaces", {"LD_PRELOAD=@/neighbour.so @/early.so"}},
      {"env_preload_has_it", {"A=1", "LD_PRELOAD=!"}},
      {"env_preload_has_it_first", {"LD_PRELOAD=!:@/neighbour.so"}},
      {"env_preload_has_it_in_spaces", {"LD_PRELOAD=@/neighbour.so ! @/early.so"}},
      {"env_preload_similar_names",
       {"LD_PRELOAD=@/libcovenv.so.6:@/libcovenv.s:@/not-libcovenv.so"}},
      {"env_large_value", {"A=" + std::string(100'000, 'v'), "B=2"}, false, kMayForward},
      {"env_large_preload",
       {"LD_PRELOAD=" + std::string(9'000, ':') + "@/neighbour.so"},
       false,
       kMayForward},
  };
  for (const int count : {63, 64, 300, 1500, 10'000}) {
    Strings entries;
    for (int i = 0; i < count; ++i) entries.push_back("V" + std::to_string(i) + "=v");
    all.push_back({nullptr, entries, false, count > 1000 ? unsigned{kMayForward} : 0});
  }
  return all;
}

std::string name_of(const Environment& environment) {
  if (environment.name != nullptr) return environment.name;
  return "env_entries_" + std::to_string(environment.entries.size());
}

char** given(Scene& scene, const Environment& environment) {
  if (environment.null) return nullptr;
  Strings entries;
  for (const std::string& entry : environment.entries) {
    std::string text = at(scene, entry);
    const size_t mark = text.find('!');
    if (mark != std::string::npos) text.replace(mark, 1, scene.library());
    entries.push_back(text);
  }
  return scene.array(entries);
}

// A change that the calling process makes to its own environment before the call.
struct Change {
  const char* name;
  void (*make)(Scene& scene);
  unsigned traits = 0;
};

void unset_matching(const char* prefix) {
  Strings names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (text.rfind(prefix, 0) == 0) names.push_back(text.substr(0, text.find('=')));
  }
  for (const std::string& name : names) unsetenv(name.c_str());
}

char kPut[] = "COV_CORE_CONTEXT=put";

constexpr Change kChanges[] = {
    {"nothing", [](Scene&) {}},
    {"unset_one", [](Scene&) { unsetenv("COV_CORE_SOURCE"); }},
    {"unset_all_carried", [](Scene&) { unset_matching("COV"); }},
    {"unset_preload", [](Scene&) { unsetenv("LD_PRELOAD"); }},
    {"set_new", [](Scene&) { setenv("COV_CORE_CONTEXT", "now", 1); }},
    {"set_other_value", [](Scene&) { setenv("COV_CORE_SOURCE", "other", 1); }},
    {"put_new", [](Scene&) { putenv(kPut); }},
    {"clear", [](Scene&) { clearenv(); }, kLastKnown},
    {"clear_then_set",
     [](Scene&) {
       clearenv();
       setenv("A", "1", 1);
     },
     kLastKnown},
    {"unset_everything_then_set",
     [](Scene&) {
       unset_matching("");
       setenv("A", "1", 1);
     },
     kLastKnown},
    {"swap",
     [](Scene& scene) {
       environ = scene.array({"A=1", "NO_EQUALS", "PATH=/usr/bin:/bin"});
     },
     kLastKnown},
    {"swap_empty", [](Scene& scene) { environ = scene.array({}); }, kLastKnown},
    {"swap_null", [](Scene&) { environ = nullptr; }, kLastKnown},
};

Call call_of(const ExecFunction& function, const char* path, char* const* argv, char* const* envp,
             bool gives_environment) {
  return {
      [&function, path, argv, envp](Result& result) { function.call(result, path, argv, envp); },
      gives_environment, envp};
}

unsigned traits_of(const ExecFunction& function) {
  return function.replaces ? unsigned{kReplaces} : 0;
}

std::string joined(const ExecFunction& function, const std::string& form) {
  return std::string(function.name) + "/" + form;
}

// Calls of the function on each target. A function that takes an environment gives two entries.
void add_targets(std::vector<Case>& cases, const ExecFunction& function) {
  for (const Target& target : targets()) {
    if (function.variadic && target.arguments.empty())
      continue;  // undefined: glibc reads past the end
    if (std::string_view(function.name) == "fexecve" && !target.exists) continue;
    cases.push_back({joined(function, name_of(target)), traits_of(function) | target.traits,
                     [&function, target](Scene& scene) {
                       const char* path =
                           scene.text(target.as_is ? target.path : scene.path(target.path));
                       setenv("PATH", scene.path(".").c_str(), 1);  // for script-env-32
                       char** envp = scene.array({"GIVEN=1", "PATH=" + scene.path(".")});
                       return call_of(function, path, scene.array(target.arguments), envp,
                                      function.takes_environment);
                     }});
  }
}

void add_searches(std::vector<Case>& cases, const ExecFunction& function) {
  if (!function.searches_path) return;
  for (const Search& search : kSearches) {
    cases.push_back({joined(function, search.name), traits_of(function) | search.traits,
                     [&function, search](Scene& scene) {
                       if (chdir(scene.path("here").c_str()) != 0) std::abort();
                       if (search.path == nullptr) {
                         unsetenv("PATH");
                       } else {
                         setenv("PATH", at(scene, search.path).c_str(), 1);
                       }
                       // The child gets another PATH, because libc decides which of the two it
                       // searches.
                       char** envp = scene.array({"PATH=" + scene.path("bin-other")});
                       return call_of(function, search.program, scene.array({"tool", "one"}), envp,
                                      function.takes_environment);
                     }});
  }
}

void add_environments(std::vector<Case>& cases, const ExecFunction& function) {
  if (!function.takes_environment) return;
  for (const Environment& environment : environments()) {
    cases.push_back(
        {joined(function, name_of(environment)), traits_of(function) | environment.traits,
         [&function, environment](Scene& scene) {
           return call_of(function, scene.text(scene.path("receiver")),
                          scene.array({"receiver", "one"}), given(scene, environment), true);
         }});
  }
}

void add_changes(std::vector<Case>& cases, const ExecFunction& function) {
  for (const bool gives : {false, true}) {
    if (gives && !function.takes_environment) continue;
    for (const Change& change : kChanges) {
      const std::string form =
          std::string(gives ? "env_given_after_" : "environ_after_") + change.name;
      cases.push_back({joined(function, form), traits_of(function) | change.traits,
                       [&function, change, gives](Scene& scene) {
                         const char* path = scene.text(scene.path("receiver"));
                         char** argv = scene.array({"receiver", "one"});
                         change.make(scene);
                         char** envp = gives ? scene.array({"GIVEN=1"}) : environ;
                         return call_of(function, path, argv, envp, gives);
                       }});
    }
  }
}

}  // namespace

std::vector<Case> exec_cases() {
  std::vector<Case> cases;
  for (const ExecFunction& function : exec_functions()) {
    add_targets(cases, function);
    add_searches(cases, function);
    add_environments(cases, function);
    add_changes(cases, function);
  }
  return cases;
}

}  // namespace transparency
