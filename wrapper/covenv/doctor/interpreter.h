// SPDX-License-Identifier: MIT
// Which Python a command of the user's runs, as well as its words tell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace covenv::doctor {

using Words = std::vector<std::string>;

std::string_view base_name(std::string_view path);

/// The interpreter that a script's first bytes name, with pip's detour for long paths
/// (#!/bin/sh, then '''exec' "/long/python"); empty where it is no Python script.
std::string python_of_script(std::string_view head);

/// The path of a program: as it stands where it holds a slash, else the first along PATH; empty
/// where there is none.
std::string find_program(const std::string& name);

struct Interpreter {
  std::string path;       ///< empty where there is none
  bool is_guess = false;  ///< the command does not tell which Python it runs
};

/// The Python of the first word that is one, or that is a script of one (pytest, coverage); of tox,
/// nox, uv and poetry their environment in this folder; else VIRTUAL_ENV's; else python3 along
/// PATH.
Interpreter find_interpreter(const Words& command);

}  // namespace covenv::doctor
