// SPDX-License-Identifier: MIT
// Which Python a command runs, as its words tell.
#pragma once

#include <string>
#include <string_view>

#include "wrapper/covenv/doctor/shell_line.h"

namespace covenv::doctor {

/// The interpreter that a script's first bytes name, with pip's detour for long paths
/// (#!/bin/sh, then '''exec' "/long/python"); empty if it is no Python script.
std::string python_of_script(std::string_view head);

struct Interpreter {
  std::string path;       ///< empty if there is none
  bool is_guess = false;  ///< the command does not tell which Python it runs
};

/// By the first word that is a Python, a script of a Python (pytest, coverage), or tox, nox, uv,
/// poetry, pdm or hatch with an environment in this folder (of tox and nox the one that -e and -s
/// name); else VIRTUAL_ENV's; else python3 along PATH.
Interpreter find_interpreter(const Words& command);

}  // namespace covenv::doctor
