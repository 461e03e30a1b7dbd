// SPDX-License-Identifier: MIT
// exec_probe --list                                     one line of JSON per case
// exec_probe --folder DIR --library SO --from CONTEXT [CASE...]   makes each call (all if no case
// is named), prints its result
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>

#include "bytes.h"
#include "contexts.h"
#include "exec_cases.h"
#include "process_state.h"

namespace transparency {
namespace {

using nlohmann::json;

constexpr int kReport = 77;  // where the receiver writes
constexpr int kAnswer = 78;  // where the process of a case writes
constexpr unsigned kDeadline = 30;

std::vector<Case> all_cases() {
  std::vector<Case> cases = exec_cases();
  for (auto* more : {shell_cases, special_cases}) {
    for (Case& one : more()) cases.push_back(std::move(one));
  }
  return cases;
}

json names_of(unsigned traits) {
  constexpr std::array names = {"replaces",   "shell", "foreign",    "secure",
                                "last_known", "deep",  "may_forward"};
  json result = json::array();
  for (size_t bit = 0; bit < names.size(); ++bit) {
    if ((traits >> bit & 1U) != 0) result.push_back(names.at(bit));
  }
  return result;
}

std::string contents(int fd) {
  std::string all;
  std::array<char, 65536> buffer{};
  for (off_t offset = 0;;) {
    const ssize_t length = pread(fd, buffer.data(), buffer.size(), offset);
    if (length <= 0) return all;
    all.append(buffer.data(), static_cast<size_t>(length));
    offset += length;
  }
}

void place(int fd, int wanted) {
  if (dup2(fd, wanted) != wanted) std::abort();
}

// Leaves these descriptors open, so that their list is short and always the same: 0 (/dev/null), 1
// and 2 (files in memory), the report and the answer.
void arrange_descriptors(int answer) {
  place(answer, kAnswer);
  fcntl(kAnswer, F_SETFD, FD_CLOEXEC);
  const int report = memfd_create("report", MFD_CLOEXEC);
  const int out = memfd_create("out", MFD_CLOEXEC);
  const int err = memfd_create("err", MFD_CLOEXEC);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  place(report, kReport);
  place(null, 0);
  place(out, 1);
  place(err, 2);
  close_range(3, kReport - 1, 0);
  close_range(kAnswer + 1, ~0U, 0);
  for (const int fd : {1, 2, kReport}) fcntl(fd, F_SETFL, O_APPEND);
}

// The pointers and bytes of `environ` and of the environment that a call is given. Compared after
// the call, they show whether the call has changed something.
struct Standing {
  char** array = environ;
  json strings = strings_of(environ);
  char* const* given;
  json given_strings;

  explicit Standing(const Call& call)
      : given(call.environment), given_strings(strings_of(call.environment)) {}
  [[nodiscard]] bool holds() const {
    return environ == array && strings_of(array) == strings && strings_of(given) == given_strings;
  }
};

json reports() {
  json all = json::array();
  const std::string text = contents(kReport);
  for (size_t start = 0; start < text.size();) {
    const size_t end = text.find('\n', start);
    all.push_back(json::parse(text.substr(start, end - start), nullptr, false));
    start = end == std::string::npos ? text.size() : end + 1;
  }
  return all;
}

[[noreturn]] void play(const Case& one, const std::string& context, Scene& scene, int answer) {
  alarm(kDeadline);
  arrange_descriptors(answer);
  auto* result = static_cast<Result*>(
      mmap(nullptr, sizeof(Result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  result->status = -1;
  const Call call = one.prepare(scene);
  const Standing standing(call);
  json line = {
      {"environ", strings_of(environ)},
      {"given", call.gives_environment ? strings_of(call.environment) : strings_of(environ)},
      {"gives", call.gives_environment}};
  if (!make_in_context(context, call, (one.traits & kReplaces) != 0, *result)) std::abort();
  line["standing"] = standing.holds();
  line["returned"] = result->returned;
  line["value"] = result->value;
  line["error"] = result->error;
  line["status"] = result->status;
  line["text"] = text_of(result->text);
  line["reports"] = reports();
  line["out"] = text_of(contents(1));
  line["err"] = text_of(contents(2));
  line["state"] = process_state();
  const std::string text = line.dump();
  const bool written =
      write(kAnswer, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  _exit(written ? 0 : 97);
}

void run(const Case& one, const std::string& context, const std::string& folder,
         const std::string& library) {
  const int answer = memfd_create("answer", MFD_CLOEXEC);
  const pid_t child = fork();
  if (child == 0) {
    Scene scene(folder, library);
    play(one, context, scene, answer);
  }
  int status = 0;
  waitpid(child, &status, 0);
  json line = json::parse(contents(answer), nullptr, false);
  if (!line.is_object()) line = json::object();
  line["case"] = one.name;
  line["context"] = context;
  line["traits"] = names_of(one.traits);
  line["stage"] = status;
  std::cout << line.dump() << std::endl;
  close(answer);
}

int make_all(int argc, char** argv) {
  std::string folder;
  std::string library;
  std::string context = "main";
  Strings wanted;
  bool list = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto next = [&] { return std::string(i + 1 < argc ? argv[++i] : ""); };
    if (word == "--list") {
      list = true;
    } else if (word == "--folder") {
      folder = next();
    } else if (word == "--library") {
      library = next();
    } else if (word == "--from") {
      context = next();
    } else {
      wanted.push_back(word);
    }
  }
  size_t made = 0;
  for (const Case& one : all_cases()) {
    if (list) {
      std::cout << json{{"case", one.name}, {"traits", names_of(one.traits)}}.dump() << "\n";
      continue;
    }
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), one.name) == wanted.end())
      continue;
    run(one, context, folder, library);
    ++made;
  }
  return !list && made < wanted.size() ? 2 : 0;
}

}  // namespace
}  // namespace transparency

int main(int argc, char** argv) {
  try {
    return transparency::make_all(argc, argv);
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
    return 96;
  }
}
