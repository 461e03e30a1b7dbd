// SPDX-License-Identifier: MIT
// `covenv help`, and `covenv version`.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "wrapper/covenv/cli/command.h"
#include "wrapper/covenv/cli/one_of.h"

namespace covenv {
namespace {

void print(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw std::runtime_error("cannot write to standard output");
  }
}

}  // namespace

void add_help(CLI::App& app) {
  CLI::App* const help = app.add_subcommand("help", "Show the help of a command");
  app.add_subcommand("version", "Show the version")->callback([] {
    print(std::string("covenv ") + COVENV_VERSION + "\n");
  });

  std::vector<std::string> names;
  for (const CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  auto name = std::make_shared<std::string>();
  help->add_option("name", *name, "The command; none: covenv itself")->check(one_of(names));
  help->callback([name, &app] {
    // app.help() would be that of the command which is parsed, `help`.
    print(name->empty()
              ? app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal)
              : app.get_subcommand(*name)->help("covenv"));
  });
}

}  // namespace covenv
