// SPDX-License-Identifier: MIT
#include "shim/runtimes/node/save.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <charconv>
#include <string_view>

#include "shim/proc/folder_entries.h"
#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"

namespace covenv::node {

constinit Node node = {};

namespace {

// As nyc's NYC.writeCoverageFile(), of which a process that is killed calls nothing. In an ES
// module there is no require(), and before Node 20.16 no process.getBuiltinModule().
constexpr const char* kSaveForNyc =
    "(c=>{if(!c)return;"
    "const{env,mainModule}=process,n=JSON.parse(env.NYC_CONFIG),"
    "get=process.getBuiltinModule||(m=>mainModule.require(m));"
    "get('fs').writeFileSync(get('path').resolve(n.cwd,n.tempDirectory||n.tempDir||'.nyc_output',"
    "env.NYC_PROCESS_ID+'.json'),JSON.stringify(c))"
    "})(globalThis.__coverage__)";

/// "coverage-PID-": the begin of the names of this process's files.
class Prefix {
 public:
  explicit Prefix(pid_t pid) {
    constexpr std::string_view kFirst = "coverage-";
    __builtin_memcpy(bytes_, kFirst.data(), kFirst.size());
    char* const end = std::to_chars(bytes_ + kFirst.size(), bytes_ + sizeof(bytes_) - 1, pid).ptr;
    *end = '-';
    text_ = {bytes_, static_cast<std::size_t>(end + 1 - bytes_)};
  }
  bool is_in(std::string_view name) const { return name.starts_with(text_); }

 private:
  char bytes_[32];
  std::string_view text_;
};

/// Whether the file holds a whole object of JSON.
bool is_whole(long folder, const char* name) {
  const long file = raw_syscall(SYS_openat, folder, to_register(name), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  struct stat status = {};
  char last = '\0';
  raw_syscall(SYS_fstat, file, to_register(&status));
  const bool is_read = status.st_size > 0 && raw_syscall(SYS_pread64, file, to_register(&last), 1,
                                                         status.st_size - 1) == 1;
  kKernel.close(static_cast<int>(file));
  return is_read && last == '}';
}

/// Calls visit(folder, name) for each file of this process. False if the folder cannot be looked
/// into; a relative folder is Node's secret.
template <typename Visit>
bool for_each_file(Visit visit) {
  if (*node.v8_folder != '/') return false;
  const long folder = raw_syscall(SYS_openat, AT_FDCWD, to_register(node.v8_folder),
                                  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  const Prefix prefix(own_pid());
  any_name_in(kKernel, static_cast<int>(folder), [&](const char* name) {
    if (prefix.is_in(name)) visit(folder, name);
    return false;
  });
  kKernel.close(static_cast<int>(folder));
  return true;
}

/// How many whole files are there, because Node tells the user alone that it could not write one.
/// -1: that is not known.
int count_whole_files() {
  int count = 0;
  const auto look_at = [&](long folder, const char* name) {
    if (is_whole(folder, name)) ++count;
  };
  if (for_each_file(look_at)) return count;
  return *node.v8_folder == '/' ? 0 : -1;
}

constexpr int kStderr = 2;

void mute_stderr() {
  const long nowhere =
      raw_syscall(SYS_openat, AT_FDCWD, to_register("/dev/null"), O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return;
  raw_syscall(SYS_dup3, nowhere, kStderr, 0);
  kKernel.close(static_cast<int>(nowhere));
}

std::size_t double_limit(void*, std::size_t limit, std::size_t) { return 2 * limit; }

bool is_main_thread() { return raw_syscall(SYS_gettid) == own_pid(); }

}  // namespace

bool remove_broken_files() {
  bool any = false;
  if (node.v8_folder == nullptr) return false;
  for_each_file([&](long folder, const char* name) {
    if (is_whole(folder, name)) return;
    any = raw_syscall(SYS_unlinkat, folder, to_register(name), 0) == 0 || any;
  });
  return any;
}

MutedStderr::MutedStderr()
    : kept_(static_cast<int>(raw_syscall(SYS_fcntl, kStderr, F_DUPFD_CLOEXEC, 0))) {
  if (kept_ >= 0) mute_stderr();
}

MutedStderr::~MutedStderr() {
  if (kept_ < 0) return;
  raw_syscall(SYS_dup3, kept_, kStderr, 0);
  kKernel.close(kept_);
}

void survive_errors(Isolate* isolate, void (*on_fatal_error)(const char*, const char*)) {
  if (node.v8.on_fatal_error != nullptr) node.v8.on_fatal_error(isolate, on_fatal_error);
  if (node.v8.near_heap_limit != nullptr) node.v8.near_heap_limit(isolate, double_limit, nullptr);
}

void prepare_last_save(Isolate* isolate, void (*on_fatal_error)(const char*, const char*)) {
  static constinit std::atomic<bool> is_prepared{false};
  if (is_prepared.exchange(true)) return;
  mute_stderr();
  survive_errors(isolate, on_fatal_error);
}

SaveResult save_isolate(Isolate* isolate) {
  const V8& v8 = node.v8;
  if (!v8.is_in_context(isolate)) return SaveResult::kNone;
  const HandleScope handles(v8, isolate);
  Environment* const environment = current_environment(v8, isolate);
  if (environment == nullptr) return SaveResult::kDone;
  const FoundConnection found = find_connection(v8, environment);
  bool is_done = !found.is_doubtful;
  if (CoverageConnection* const connection = found.connection) {
    const bool is_ending = v8.is_ending(connection);
    const int before = is_ending ? 0 : count_whole_files();
    if (!is_ending) v8.take_coverage(connection);
    const int after = count_whole_files();
    is_done = after < 0 || after > before;
    if (is_ending && !is_done) return SaveResult::kNone;
  }
  // A worker counts for nyc in a globalThis of its own, and nyc has one file for each process.
  if (node.is_nyc && is_main_thread()) {
    is_done = run_script(v8, isolate, environment, kSaveForNyc) && is_done;
  }
  return is_done ? SaveResult::kDone : SaveResult::kFailed;
}

}  // namespace covenv::node
