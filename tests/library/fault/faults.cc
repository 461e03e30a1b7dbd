// SPDX-License-Identifier: MIT
// faults --library PATH [--preload LIST] [--session whole|damaged] [--deadline SECONDS]
//        [--fail CALL=ERROR]... -- command...
// Runs the command and all its children under ptrace, makes the chosen system calls fail, and
// prints as JSON what happened and which calls were seen.
//   CALL   PROCESS.SYSCALL.NUMBER.MAKER, each of which may be `*`: the first process is 0, the
//   first such
//          call in it 1; made by `shim`, by libc `for_shim`, or by the `program`
//   ERROR  an error's name, `short` (a byte less than half of what was wanted), or `zero`
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>

#include "names.h"
#include "tracees.h"
#include "wrapper/common/session.h"

namespace fault {
namespace {

using nlohmann::json;

constexpr unsigned kSecondsToLeave = 10;

struct Fault {
  std::string process;
  std::string call;
  std::string number;
  std::string maker;
  std::string error;
};

struct Options {
  std::string library;
  std::string preload;
  std::string session;
  unsigned deadline = 30;
  std::vector<Fault> faults;
  std::vector<char*> command;
};

bool is_match(const std::string& pattern, const std::string& value) {
  return pattern == "*" || pattern == value;
}

Fault parse_fault(const std::string& text) {
  const std::size_t equals = text.find('=');
  std::vector<std::string> parts;
  std::istringstream fields(text.substr(0, equals));
  for (std::string part; std::getline(fields, part, '.');) parts.push_back(part);
  if (equals == std::string::npos || parts.size() != 4)
    throw std::runtime_error("not a fault: " + text);
  const std::string error = text.substr(equals + 1);
  if (error != "short" && error != "zero" && error_number(error) == 0) {
    throw std::runtime_error("no such error: " + error);
  }
  return {parts[0], parts[1], parts[2], parts[3], error};
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--") {
      options.command.assign(argv + i + 1, argv + argc);
      break;
    }
    if (i + 1 == argc) break;
    const std::string value = argv[++i];
    if (argument == "--library") options.library = value;
    if (argument == "--preload") options.preload = value;
    if (argument == "--session") options.session = value;
    if (argument == "--deadline") options.deadline = static_cast<unsigned>(std::stoul(value));
    if (argument == "--fail") options.faults.push_back(parse_fault(value));
  }
  if (options.library.empty() || options.command.empty())
    throw std::runtime_error("see the source");
  options.command.push_back(nullptr);
  return options;
}

void check(bool is_well, const char* what) {
  if (!is_well) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

/// Makes this process stop at each call of traced_calls(), and at no other.
void stop_at_traced_calls() {
  std::vector<sock_filter> filter;
  const std::vector<long> numbers = traced_calls();
  filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(numbers[i]),
                              static_cast<unsigned char>(numbers.size() - i), 0));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
  check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "seccomp");
}

/// Goes on as the first process of a pid namespace with a /proc of its own, so that a search for a
/// group's members sees the same in every run, and a stray signal hits no other process. /dev/shm
/// is its own as well, so that no session is left behind.
void enter_namespace() {
  check(unshare(CLONE_NEWPID | CLONE_NEWNS) == 0, "unshare");
  const pid_t first = fork();
  check(first >= 0, "fork");
  if (first != 0) {
    int status = 0;
    waitpid(first, &status, 0);
    std::exit(WIFEXITED(status) ? WEXITSTATUS(status) : 97);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "private mounts");
  check(mount("proc", "/proc", "proc", 0, nullptr) == 0, "mount /proc");
  check(mount("session", "/dev/shm", "tmpfs", 0, nullptr) == 0, "mount /dev/shm");
}

/// The session for the processes below, which write into it, or refuse it if it is damaged.
std::unique_ptr<covenv::Session> open_session(const std::string& kind) {
  if (kind.empty()) return nullptr;
  auto session = std::make_unique<covenv::Session>();
  setenv("COVENV_SESSION", session->name().c_str(), 1);
  if (kind == "damaged") {
    std::fstream file(covenv::kSessionFolder + session->name());
    check(file.put('?').flush().good(), "damage the session");
  }
  return session;
}

volatile sig_atomic_t is_over = 0;

class Run {
 public:
  explicit Run(const Options& options) : options_(options) {}

  json operator()() {
    const std::unique_ptr<covenv::Session> session = open_session(options_.session);
    start();
    // No SA_RESTART, because the signal has to end the wait.
    struct sigaction action {};
    action.sa_handler = [](int) { is_over = 1; };
    sigaction(SIGALRM, &action, nullptr);
    set_timer(options_.deadline);
    while (!tracees_.empty()) follow_one();
    return {{"status", status_},
            {"output", text_of(output_)},
            {"errors", text_of(errors_)},
            {"timed_out", timed_out_},
            {"left", left_},
            {"calls", calls_},
            {"injected", injected_},
            {"events", session ? session->events().size() : 0},
            {"measured", session ? count_measured(*session) : 0},
            {"saved", session ? count_saves(*session, covenv::SaveResult::kDone) : 0},
            {"settled", session ? count_saves(*session, covenv::SaveResult::kNothing) : 0}};
  }

 private:
  static long count_measured(const covenv::Session& session) {
    const std::vector<covenv::RecordedEvent> events = session.events();
    return std::count_if(events.begin(), events.end(), [](const covenv::RecordedEvent& recorded) {
      return std::holds_alternative<covenv::MeasuredEvent>(recorded.event);
    });
  }

  static long count_saves(const covenv::Session& session, covenv::SaveResult result) {
    const std::vector<covenv::RecordedEvent> events = session.events();
    return std::count_if(events.begin(), events.end(), [&](const covenv::RecordedEvent& recorded) {
      const auto* const event = std::get_if<covenv::SavedEvent>(&recorded.event);
      return event != nullptr && event->result == result;
    });
  }

  static std::string text_of(int fd) {
    std::string text(static_cast<std::size_t>(lseek(fd, 0, SEEK_END)), '\0');
    if (pread(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) return "?";
    return text;
  }

  /// A file in memory, to whose end all processes write.
  static int make_file() {
    const int fd = memfd_create("output", MFD_CLOEXEC);
    check(fd >= 0 && fcntl(fd, F_SETFL, O_APPEND) == 0, "memfd");
    return fd;
  }

  void start() {
    output_ = make_file();
    errors_ = make_file();
    int gate[2];
    check(pipe2(gate, O_CLOEXEC) == 0, "pipe");
    root_ = fork();
    check(root_ >= 0, "fork");
    if (root_ == 0) {
      char byte = 0;
      if (read(gate[0], &byte, 1) != 1) _exit(95);
      setpgid(0, 0);
      const int nothing = open("/dev/null", O_RDONLY);
      dup2(nothing, 0);
      dup2(output_, 1);
      dup2(errors_, 2);
      closefrom(3);
      if (!options_.preload.empty()) setenv("LD_PRELOAD", options_.preload.c_str(), 1);
      stop_at_traced_calls();
      execvp(options_.command[0], options_.command.data());
      _exit(94);
    }
    constexpr long kFollow = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                             PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
    check(ptrace(PTRACE_SEIZE, root_, 0, kFollow | PTRACE_O_TRACESYSGOOD) == 0, "seize");
    tracees_[root_] = std::make_shared<Process>(root_, processes_++, options_.library);
    check(write(gate[1], "", 1) == 1, "write");
    close(gate[0]);
    close(gate[1]);
  }

  void follow_one() {
    // Checked here, too, because a program in a loop stops so often that no wait is interrupted.
    if (is_over != 0) give_up();
    int status = 0;
    const pid_t thread = waitpid(-1, &status, __WALL);
    if (thread < 0) {
      check(errno == EINTR || errno == ECHILD, "waitpid");
      if (errno == ECHILD) tracees_.clear();
      return;
    }
    if (WIFSTOPPED(status)) {
      if (tracees_.count(thread) == 0) {
        early_[thread] = status;  // kept until its parent's stop says which process it belongs to
      } else {
        stopped(thread, status);
      }
      return;
    }
    tracees_.erase(thread);
    if (thread != root_) return;
    status_ = status;
    // The processes that still run have been left behind. They get time to end.
    set_timer(kSecondsToLeave);
    is_waiting_for_rest_ = true;
  }

  /// SIGALRM is repeated each second, because a signal that comes right before a wait does not end
  /// the wait.
  static void set_timer(unsigned seconds) {
    const itimerval timer = {{1, 0}, {static_cast<time_t>(seconds), 0}};
    setitimer(ITIMER_REAL, &timer, nullptr);
  }

  void give_up() {
    if (!is_waiting_for_rest_) timed_out_ = true;
    for (const auto& [thread, process] : tracees_) {
      if (is_waiting_for_rest_) left_.insert(process->ordinal());
      syscall(SYS_kill, thread, SIGKILL);
    }
    is_over = 0;
  }

  void adopt(pid_t parent) {
    unsigned long message = 0;
    ptrace(PTRACE_GETEVENTMSG, parent, 0, &message);
    const auto born = static_cast<pid_t>(message);
    const std::shared_ptr<Process> process = tracees_[parent];
    tracees_[born] =
        is_thread(born, parent) ? process : std::make_shared<Process>(born, processes_++, *process);
    const auto early = early_.find(born);
    if (early == early_.end()) return;
    const int status = early->second;
    early_.erase(early);
    stopped(born, status);
  }

  static bool is_thread(pid_t thread, pid_t parent) {
    const std::string path = "/proc/" + std::to_string(parent) + "/task/" + std::to_string(thread);
    return access(path.c_str(), F_OK) == 0;
  }

  void stopped(pid_t thread, int status) {
    const int signal = WSTOPSIG(status);
    switch (status >> 16) {
      case PTRACE_EVENT_FORK:
      case PTRACE_EVENT_VFORK:
      case PTRACE_EVENT_CLONE:
        adopt(thread);
        break;
      case PTRACE_EVENT_EXEC: {
        unsigned long former = 0;
        ptrace(PTRACE_GETEVENTMSG, thread, 0, &former);
        if (static_cast<pid_t>(former) != thread) tracees_.erase(static_cast<pid_t>(former));
        tracees_[thread]->has_executed();
        break;
      }
      case PTRACE_EVENT_SECCOMP:
        at_call(thread);
        return;
      case PTRACE_EVENT_STOP:
        // A group-stop, which lasts until a SIGCONT.
        if (signal != SIGTRAP) {
          ptrace(PTRACE_LISTEN, thread, 0, 0);
          return;
        }
        break;
      default:
        if (signal == (SIGTRAP | 0x80)) {
          at_return(thread);
          return;
        }
        ptrace(PTRACE_CONT, thread, 0, signal);
        return;
    }
    ptrace(PTRACE_CONT, thread, 0, 0);
  }

  void at_call(pid_t thread) {
    user_regs_struct registers{};
    if (ptrace(PTRACE_GETREGS, thread, 0, &registers) != 0) return;
    Process& process = *tracees_[thread];
    const auto number = static_cast<long>(registers.orig_rax);
    Maker maker = process.maker_of(thread, registers.rip, registers.rsp);
    // A fork is always the program's own. An address of ours on the stack is an old one.
    const bool is_fork = number == SYS_clone && (registers.rdi & CLONE_VM) == 0;
    if (is_fork && maker == Maker::kForShim) maker = Maker::kProgram;
    if (number == SYS_mmap && static_cast<int>(registers.r8) >= 0) {
      process.has_mapped(thread, static_cast<int>(registers.r8));
    }
    const Fault* const fault = note(process, number, maker, registers);
    if (fault == nullptr) {
      ptrace(PTRACE_CONT, thread, 0, 0);
      return;
    }
    ++injected_;
    if (fault->error == "short") {
      auto& wanted = number == SYS_readlinkat ? registers.r10 : registers.rdx;
      wanted /= 2;
    } else if (number == SYS_close) {
      // close() is let through, and its result changed afterwards, because the kernel closes even
      // if it reports an error.
      closing_[thread] = error_number(fault->error);
      ptrace(PTRACE_SYSCALL, thread, 0, 0);
      return;
    } else {
      registers.orig_rax = static_cast<unsigned long long>(-1);
      registers.rax = static_cast<unsigned long long>(-error_number(fault->error));
    }
    ptrace(PTRACE_SETREGS, thread, 0, &registers);
    ptrace(PTRACE_CONT, thread, 0, 0);
  }

  /// Records the call. Returns the fault to inject, or NULL.
  const Fault* note(Process& process, long number, Maker maker, const user_regs_struct& registers) {
    const char* const by = maker == Maker::kShim      ? "shim"
                           : maker == Maker::kForShim ? "for_shim"
                                                      : "program";
    // Calls that restore a mask have a name of their own, because two threads come in any order.
    const bool puts_back = number == SYS_rt_sigprocmask && registers.rdi == SIG_SETMASK;
    const bool is_file = number == SYS_mmap && static_cast<int>(registers.r8) >= 0;
    const std::string call =
        name_of_call(number) + (puts_back ? "-set" : "") + (is_file ? "-file" : "");
    const std::string who = std::to_string(process.ordinal());
    const std::string which = std::to_string(process.count(call + by));
    // Counts libc's calls for us and for the program together, as in a run without the library.
    const std::string of_libc =
        maker == Maker::kShim ? "" : std::to_string(process.count(call + "libc"));
    json line = {{"process", process.ordinal()},
                 {"call", call},
                 {"number", std::stoi(which)},
                 {"maker", by}};
    if (!of_libc.empty()) line["of_libc"] = std::stoi(of_libc);
    if (maker == Maker::kShim) line["site"] = process.offset_in_library(registers.rip);
    calls_.push_back(line);
    for (const Fault& fault : options_.faults) {
      const bool is_here = is_match(fault.process, who) && is_match(fault.call, call);
      if (is_here && (fault.maker == "libc" ? !of_libc.empty() && is_match(fault.number, of_libc)
                                            : fault.maker == by && is_match(fault.number, which))) {
        return &fault;
      }
    }
    return nullptr;
  }

  void at_return(pid_t thread) {
    user_regs_struct registers{};
    __ptrace_syscall_info info{};
    ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info);
    const auto closing = closing_.find(thread);
    if (closing == closing_.end() || info.op != PTRACE_SYSCALL_INFO_EXIT) {
      ptrace(closing == closing_.end() ? PTRACE_CONT : PTRACE_SYSCALL, thread, 0, 0);
      return;
    }
    ptrace(PTRACE_GETREGS, thread, 0, &registers);
    registers.rax = static_cast<unsigned long long>(-closing->second);
    closing_.erase(closing);
    ptrace(PTRACE_SETREGS, thread, 0, &registers);
    ptrace(PTRACE_CONT, thread, 0, 0);
  }

  const Options& options_;
  pid_t root_ = 0;
  int output_ = -1;
  int errors_ = -1;
  int status_ = -1;
  int processes_ = 0;
  int injected_ = 0;
  bool timed_out_ = false;
  bool is_waiting_for_rest_ = false;
  Tracees tracees_;
  std::map<pid_t, int> early_;
  std::map<pid_t, int> closing_;
  std::set<int> left_;
  json calls_ = json::array();
};

}  // namespace
}  // namespace fault

int main(int argc, char** argv) {
  try {
    const fault::Options options = fault::parse(argc, argv);
    fault::enter_namespace();
    std::cout << fault::Run(options)().dump(-1, ' ', false,
                                            nlohmann::json::error_handler_t::replace)
              << "\n";
  } catch (const std::exception& error) {
    std::cerr << "faults: " << error.what() << "\n";
    return 96;
  }
  return 0;
}
