// SPDX-License-Identifier: MIT
// Environment variables in the syntax of shells, CI systems and tools. Pure: values in, text out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wrapper/covenv/cli/variable.h"

namespace covenv {

enum class EnvFormat : unsigned char {
  kSh,       ///< export lines for POSIX shells, bash and zsh
  kFish,     ///< set -gx lines
  kGithub,   ///< lines for the file that $GITHUB_ENV names
  kGitlab,   ///< a `variables:` block of .gitlab-ci.yml, without expansion
  kJenkins,  ///< the list for a pipeline's withEnv, in Groovy
  kDocker,   ///< for `docker run --env-file`, which knows no quotes
  kDotenv,   ///< a .env file, as far as its many readers agree
  kJson,     ///< one object
};

struct FormatName {
  const char* name;
  EnvFormat format;
};

inline constexpr FormatName kFormatNames[] = {
    {"sh", EnvFormat::kSh},           {"fish", EnvFormat::kFish},
    {"github", EnvFormat::kGithub},   {"gitlab", EnvFormat::kGitlab},
    {"jenkins", EnvFormat::kJenkins}, {"docker", EnvFormat::kDocker},
    {"dotenv", EnvFormat::kDotenv},   {"json", EnvFormat::kJson},
};

/// A variable that a format cannot express, and why, as the tail of a line.
struct Inexpressible {
  std::string variable;
  const char* reason;
};

struct WrittenEnv {
  std::string text;
  std::optional<Inexpressible> problem;  ///< then the text is empty
};

WrittenEnv write_env(EnvFormat format, const std::vector<Variable>& variables);

}  // namespace covenv
