// SPDX-License-Identifier: MIT
// The scene of one call: what the call is given, and where it leaves its result.
#pragma once

#include <cerrno>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace transparency {

using Strings = std::vector<std::string>;

// The value of errno before every call. No error has this number.
constexpr int kErrnoBefore = 4242;

// The result of a call. It lies in memory that forked and vforked children share, so that a child
// can report an exec that failed.
struct Result {
  bool returned;
  long value;
  int error;
  int status;  // wait status of the process that the call started; -1 if it was not waited for
  bool
      standing;  // `environ` and what the call was given are the same pointers and bytes afterwards
  char text[4096];
};

// Makes the call with errno preset, and keeps what it returned.
template <typename Function>
void record(Result& result, Function call) {
  errno = kErrnoBefore;
  const long value = call();
  result.error = errno;
  result.value = value;
  result.returned = true;
}

// Waits for a child, and stores its wait status in the result.
void wait_for(Result& result, int pid);

class Scene {
 public:
  Scene(std::string folder, std::string library);

  // A file in the folder of targets (made by conftest.py).
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }
  // The absolute path of libcovenv.so, also in the run without it.
  [[nodiscard]] const std::string& library() const { return library_; }

  // Copies that live as long as the scene.
  const char* text(std::string value);
  char** array(Strings values);

 private:
  std::string folder_, library_;
  std::deque<std::string> texts_;
  std::deque<std::vector<char*>> arrays_;
};

// A prepared call. `make` allocates nothing itself, because it runs in vfork children and handlers.
struct Call {
  std::function<void(Result&)> make;
  bool gives_environment = true;       // false: the call uses `environ`
  char* const* environment = nullptr;  // the environment given; NULL is legal
};

enum Trait : unsigned {
  kReplaces = 1,     // on success the calling process becomes the target
  kShell = 2,        // /bin/sh stands between: it reorders the environment
  kForeign = 4,      // a target that cannot load the library
  kSecure = 8,       // a target with AT_SECURE: ld.so takes LD_PRELOAD away
  kLastKnown = 16,   // the environment as a whole is gone: the last known values serve
  kDeep = 32,        // needs more stack than an alternate signal stack has
  kMayForward = 64,  // so large that the caller's environment may be forwarded unchanged
};

struct Case {
  std::string name;
  unsigned traits;
  std::function<Call(Scene&)> prepare;
};

}  // namespace transparency
