# SPDX-License-Identifier: MIT
# What the build takes from the system: a compiler is enabled, and imported targets are there. All that is missing is
# said at once.

set(covenv_missing "")
set(covenv_debian "")
set(covenv_fedora "")

# covenv_need(TITLE DEBIAN FEDORA FOUND): packages, lists of them, unless FOUND is true.
macro(covenv_need title debian fedora found)
  if(NOT "${found}")
    string(APPEND covenv_missing "  ${title} (Debian: ${debian}; Fedora: ${fedora})\n")
    string(APPEND covenv_debian " ${debian}")
    string(APPEND covenv_fedora " ${fedora}")
  endif()
endmacro()

macro(covenv_find package)
  if(COVENV_COMPILER)
    find_package(${package} ${ARGN} QUIET)
  endif()
endmacro()

set(COVENV_COMPILER ON)
if(NOT CMAKE_CXX_COMPILER AND NOT CMAKE_TOOLCHAIN_FILE AND "$ENV{CXX}" STREQUAL "")
  find_program(covenv_program NAMES c++ g++ clang++ NO_CACHE)
  if(NOT covenv_program)
    set(COVENV_COMPILER OFF)
  endif()
endif()
if(COVENV_COMPILER)
  enable_language(CXX)
endif()

covenv_find(Boost 1.74)
covenv_find(CLI11)
covenv_find(nlohmann_json)
covenv_find(spdlog)
set(is_static_found ${COVENV_COMPILER})
if(COVENV_COMPILER AND NOT COVENV_SANITIZE)
  include(CheckCXXSourceCompiles)
  set(CMAKE_REQUIRED_LINK_OPTIONS -static-pie)
  check_cxx_source_compiles("int main() {}" COVENV_HAS_STATIC_LIBRARIES)
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
  set(is_static_found ${COVENV_HAS_STATIC_LIBRARIES})
endif()

covenv_need("a compiler of C++20" "g++" "gcc-c++" "${COVENV_COMPILER}")
covenv_need("static libraries of C and C++" "libc6-dev" "glibc-static libstdc++-static" "${is_static_found}")
covenv_need("Boost 1.74" "libboost-dev" "boost-devel" "${Boost_FOUND}")
covenv_need("CLI11" "libcli11-dev" "cli11-devel" "${CLI11_FOUND}")
covenv_need("nlohmann/json" "nlohmann-json3-dev" "json-devel" "${nlohmann_json_FOUND}")
covenv_need("spdlog and fmt" "libspdlog-dev" "spdlog-devel" "${spdlog_FOUND}")
if(COVENV_BUILD_TESTS AND NOT CMAKE_CROSSCOMPILING)
  covenv_find(GTest)
  covenv_need("GoogleTest, for the tests" "libgtest-dev libgmock-dev" "gtest-devel gmock-devel" "${GTest_FOUND}")
endif()

if(covenv_missing)
  if(NOT COVENV_COMPILER)
    string(APPEND covenv_missing "  (a compiler looks for the others, so some of them may be there)\n")
  endif()
  message(FATAL_ERROR "This is missing:\n${covenv_missing}"
    "On Debian and Ubuntu, type:\n  apt-get install${covenv_debian}\n"
    "On Fedora, type:\n  dnf install${covenv_fedora}")
endif()
