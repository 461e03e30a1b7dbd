// SPDX-License-Identifier: MIT
// `covenv help`, and `covenv version`.
#include <memory>
#include <string>

#include "wrapper/common/message.h"
#include "wrapper/covenv/cli/command.h"
#include "wrapper/covenv/cli/one_of.h"
#include "wrapper/covenv/cli/usage_problem.h"

namespace covenv {

void add_help(CLI::App& app) {
  CLI::App* const help = app.add_subcommand("help", "Show the help of a command");
  app.add_subcommand("version", "Show the version")->callback([] {
    print(std::string("covenv ") + COVENV_VERSION + "\n");
  });

  auto name = std::make_shared<std::string>();
  help->add_option("name", *name, "The command; none: covenv itself")
      ->check(one_of(names_of_commands(app)));
  help->callback([name, &app] {
    // app.help() would be that of the command which is parsed, `help`.
    print(name->empty()
              ? app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal)
              : app.get_subcommand(*name)->help("covenv"));
  });
}

}  // namespace covenv
