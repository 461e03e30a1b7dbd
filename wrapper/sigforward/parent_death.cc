// SPDX-License-Identifier: MIT
#include "wrapper/sigforward/parent_death.h"

#include <dirent.h>
#include <poll.h>
#include <unistd.h>

#include <iterator>
#include <string>
#include <string_view>

#include "wrapper/sigforward/members.h"
#include "wrapper/sigforward/read_file.h"
#include "wrapper/sigforward/stat_numbers.h"

namespace covenv::sigforward {
namespace {

// The lines of /proc/<pid>/status that the kernel looks at when it clears a parent-death signal.
std::string credentials_of(const std::string& pid) {
  const std::string text = read_file("/proc/" + pid + "/status", 4096).value_or("");
  std::string lines;
  for (const char* key : {"\nUid:", "\nGid:", "\nCapPrm:"}) {
    const std::size_t start = text.find(key);
    if (start == std::string::npos) return "";
    lines += text.substr(start, text.find('\n', start + 1) - start);
  }
  return lines;
}

std::uint64_t minor_faults(const std::string& folder) {
  constexpr int kMinorFaults = 10;
  return StatNumbers(read_file(folder + "/stat").value_or("")).at(kMinorFaults);
}

std::uint64_t minor_faults_of_threads(const std::string& process) {
  std::uint64_t sum = 0;
  DIR* const threads = opendir((process + "/task").c_str());
  if (threads == nullptr) return sum;
  while (const dirent* const entry = readdir(threads)) {
    const std::string_view name = static_cast<const char*>(entry->d_name);
    if (name.front() != '.') sum += minor_faults(process + "/task/" + std::string(name));
  }
  closedir(threads);
  return sum;
}

// Whether the command's first thread may have ended: an exec by another thread, as Go's, ends it,
// and the parent-death signal is forgotten with it. The kernel counts the page faults of threads
// that have ended for their process only, and every first thread has some. A thread that has ended
// otherwise cannot be told from it.
bool may_lack_first_thread(pid_t command) {
  constexpr int kAttempts = 10;  // as it may run meanwhile
  const std::string process = "/proc/" + std::to_string(command);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint64_t before = minor_faults(process);
    const std::uint64_t of_threads = minor_faults_of_threads(process);
    if (before != 0 && before == of_threads) return false;
    if (before == minor_faults(process)) return true;
  }
  return true;
}

// Where its stack starts, at random for each exec; 0 where the kernel does not tell.
Image image_of(pid_t pid) {
  constexpr int kStartOfStack = 28;
  return StatNumbers(read_file("/proc/" + std::to_string(pid) + "/stat").value_or(""))
      .at(kStartOfStack);
}

}  // namespace

Image await_image(pid_t command, int pidfd, int socket) {
  constexpr int kAttempts = 100;  // a millisecond each
  const Image before_exec = image_of(getpid());
  if (!proc_is_usable() || before_exec == 0) return 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Image image = image_of(command);
    if (image != 0 && image != before_exec && !may_lack_first_thread(command)) return image;
    pollfd ends[] = {{.fd = pidfd, .events = POLLIN, .revents = 0},
                     {.fd = socket, .events = 0, .revents = 0}};  // POLLHUP always counts
    if (poll(static_cast<pollfd*>(ends), std::size(ends), 1) > 0) return 0;
  }
  return 0;
}

bool gets_parent_death_signal(pid_t command) {
  const std::string credentials = credentials_of(std::to_string(command));
  return !credentials.empty() && credentials == credentials_of("self");
}

bool is_parent_death_in_doubt(pid_t command, Image known) {
  return (known == 0 || image_of(command) != known) && may_lack_first_thread(command);
}

}  // namespace covenv::sigforward
