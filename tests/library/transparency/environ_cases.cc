// SPDX-License-Identifier: MIT
// The functions that change `environ`, on names that are carried and on others.
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "signal_cases.h"

namespace transparency {
namespace {

json contents() {
  json all = json::array();
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, "LD_PRELOAD=", 11) != 0) all.push_back(*entry);
  }
  return all;
}

json set_and_unset() {
  json saw;
  for (const char* name : {"COV_CORE_SOURCE", "COV_NEW", "OTHER", "LD_LIBRARY_PATH", "", "A=B"}) {
    for (const int overwrite : {0, 1, 0}) {
      saw.push_back(outcome([&] { return setenv(name, "value", overwrite); }));
      saw.push_back(contents());
    }
    const char* value = getenv(name);
    saw.push_back(value == nullptr ? "none" : value);
    saw.push_back(outcome([&] { return unsetenv(name); }));
    saw.push_back(contents());
  }
  const char* volatile none = nullptr;  // a name that the compiler may not know to be NULL
  saw.push_back(outcome([&] { return setenv(none, "value", 1); }));
  return saw;
}

char put_text[] = "COV_PUT=1";
char put_again[] = "COV_PUT=2";
char put_removal[] = "COV_PUT";

json put() {
  json saw = {outcome([] { return putenv(put_text); })};
  saw.push_back(getenv("COV_PUT") ==
                put_text + 8);  // the environment holds the string itself, no copy
  put_text[8] = '5';
  saw.push_back(getenv("COV_PUT"));
  saw.push_back(outcome([] { return putenv(put_again); }));
  saw.push_back(contents());
  saw.push_back(outcome([] { return putenv(put_removal); }));
  saw.push_back(contents());
  return saw;
}

json cleared() {
  json saw = {outcome([] { return clearenv(); })};
  saw.push_back(environ == nullptr);
  saw.push_back(outcome([] { return setenv("COV_NEW", "1", 1); }));
  saw.push_back(contents());
  return saw;
}

json swapped() {
  static char own[] = "OWN=1";
  static char* array[] = {own, nullptr};
  environ = array;
  json saw = {outcome([] { return setenv("COV_NEW", "1", 1); })};
  saw.push_back(contents());
  saw.push_back(array[0] == own && array[1] == nullptr);
  saw.push_back(outcome([] { return unsetenv("OWN"); }));
  saw.push_back(contents());
  return saw;
}

}  // namespace

std::vector<SignalCase> environ_cases() {
  return {{"environ/set_and_unset", set_and_unset},
          {"environ/put", put},
          {"environ/cleared", cleared},
          {"environ/swapped", swapped}};
}

}  // namespace transparency
