// SPDX-License-Identifier: MIT
#include "scene.h"

#include <sys/wait.h>

#include <utility>

namespace transparency {

void wait_for(Result& result, int pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  result.status = status;
}

Scene::Scene(std::string folder, std::string library)
    : folder_(std::move(folder)), library_(std::move(library)) {}

const char* Scene::text(std::string value) { return texts_.emplace_back(std::move(value)).c_str(); }

char** Scene::array(Strings values) {
  std::vector<char*>& pointers = arrays_.emplace_back();
  for (std::string& value : values)
    pointers.push_back(texts_.emplace_back(std::move(value)).data());
  pointers.push_back(nullptr);
  return pointers.data();
}

}  // namespace transparency
