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

/// Whether a file of this process is there, because Node tells the user alone that it could not
/// write one. A relative folder is Node's secret.
bool is_written(const char* folder) {
  if (*folder != '/') return true;
  const long opened =
      raw_syscall(SYS_openat, AT_FDCWD, to_register(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return false;
  const Prefix prefix(own_pid());
  const bool is_there = any_name_in(kKernel, static_cast<int>(opened), [&](const char* name) {
    struct stat file = {};
    return prefix.is_in(name) &&
           raw_syscall(SYS_newfstatat, opened, to_register(name), to_register(&file), 0) == 0 &&
           file.st_size > 0;
  });
  kKernel.close(static_cast<int>(opened));
  return is_there;
}

void mute_stderr() {
  constexpr int kStderr = 2;
  const long nowhere =
      raw_syscall(SYS_openat, AT_FDCWD, to_register("/dev/null"), O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return;
  raw_syscall(SYS_dup3, nowhere, kStderr, 0);
  kKernel.close(static_cast<int>(nowhere));
}

std::size_t double_limit(void*, std::size_t limit, std::size_t) { return 2 * limit; }

bool is_main_thread() { return raw_syscall(SYS_gettid) == own_pid(); }

}  // namespace

constinit Node node = {};

void prepare_last_save(Isolate* isolate, void (*on_fatal_error)(const char*, const char*)) {
  static constinit std::atomic<bool> is_prepared{false};
  if (is_prepared.exchange(true)) return;
  mute_stderr();
  if (node.v8.on_fatal_error != nullptr) node.v8.on_fatal_error(isolate, on_fatal_error);
  if (node.v8.near_heap_limit != nullptr) node.v8.near_heap_limit(isolate, double_limit, nullptr);
}

SaveResult save_isolate(Isolate* isolate) {
  const V8& v8 = node.v8;
  if (!v8.is_in_context(isolate)) return SaveResult::kNone;
  const HandleScope handles(v8, isolate);
  Environment* const environment = current_environment(v8, isolate);
  if (environment == nullptr) return SaveResult::kDone;
  bool is_done = true;
  if (CoverageConnection* const connection = find_connection(v8, environment)) {
    const bool is_ending = v8.is_ending(connection);
    if (!is_ending) v8.take_coverage(connection);
    is_done = is_written(node.v8_folder);
    if (is_ending && !is_done) return SaveResult::kNone;
  }
  // A worker counts for nyc in a globalThis of its own, and nyc has one file for each process.
  if (node.is_nyc && is_main_thread()) {
    is_done = run_script(v8, isolate, environment, kSaveForNyc) && is_done;
  }
  return is_done ? SaveResult::kDone : SaveResult::kFailed;
}

}  // namespace covenv::node
