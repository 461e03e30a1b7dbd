// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "wrapper/common/message.h"
#include "wrapper/common/preload_library.h"
#include "wrapper/covenv/cli/command.h"
#include "wrapper/covenv/cli/exit_codes.h"
#include "wrapper/covenv/cli/one_of.h"
#include "wrapper/covenv/cli/setting_options.h"
#include "wrapper/covenv/env/env_format.h"

namespace covenv {
namespace {

int fail(const std::string& line) {
  complain(line);
  return kExitFailure;
}

int print_env(const std::string& format_name, const std::vector<Variable>& settings) {
  const Preloaded preloaded = preload_library(Lifetime::kForGood);
  if (!preloaded.problem.empty()) return fail(preloaded.problem);
  const char* const list = std::getenv("LD_PRELOAD");
  std::vector<Variable> variables = {{"LD_PRELOAD", list != nullptr ? list : ""}};
  variables.insert(variables.end(), settings.begin(), settings.end());

  for (const FormatName& known : kFormatNames) {
    if (format_name != known.name) continue;
    const WrittenEnv written = write_env(known.format, variables);
    if (written.problem) {
      return fail("--format " + format_name + " cannot express " + written.problem->variable +
                  ": it " + written.problem->reason +
                  "; choose another format, such as sh or json");
    }
    print(written.text);
  }
  return 0;
}

constexpr const char* kFormatsHelp =
    "Formats:\n"
    "  sh       eval \"$(covenv env)\", in sh, bash and zsh\n"
    "  fish     covenv env --format fish | source\n"
    "  github   covenv env --format github >> \"$GITHUB_ENV\", for the steps that follow\n"
    "  gitlab   a variables: block of .gitlab-ci.yml\n"
    "  jenkins  the list for withEnv(...) in a pipeline\n"
    "  docker   a file for docker run --env-file; the library has to be in the image\n"
    "  dotenv   a .env file\n"
    "  json     one object\n"
    "\n"
    "An LD_PRELOAD that is set keeps its entries; the library comes behind them. What a format "
    "cannot\nexpress is an error, never a wrong value.\n"
    "\n"
    "Exit status: 0, or 125 if covenv failed or was called wrongly.";

}  // namespace

void add_env(CLI::App& app, Outcome& outcome) {
  CLI::App* const env_app =
      app.add_subcommand("env", "Print what a CI job or a shell has to export");
  auto format = std::make_shared<std::string>("sh");
  std::vector<std::string> names;
  for (const FormatName& known : kFormatNames) names.emplace_back(known.name);
  env_app->add_option("--format", *format, "How it is written; default sh")
      ->type_name("FORMAT")
      ->check(one_of(names));
  const std::shared_ptr<std::vector<Variable>> settings = add_setting_options(*env_app);
  env_app->footer(kFormatsHelp);
  env_app->callback(
      [format, settings, &outcome] { outcome.status = print_env(*format, *settings); });
}

}  // namespace covenv
