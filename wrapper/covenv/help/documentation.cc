// SPDX-License-Identifier: MIT
// Completions and manual pages, from what --help knows.
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include "wrapper/common/message.h"
#include "wrapper/covenv/cli/command.h"
#include "wrapper/covenv/cli/one_of.h"
#include "wrapper/covenv/help/command_help.h"
#include "wrapper/covenv/help/completion.h"
#include "wrapper/covenv/help/man_page.h"

namespace covenv {
namespace {

struct DocumentationOptions {
  std::string shell;
  std::string page;
  std::string folder;
  bool is_of_sigforward = false;
};

CommandHelp program(const CLI::App& app, const DocumentationOptions& options) {
  return options.is_of_sigforward ? describe_sigforward() : describe(app);
}

void print_completion(const CLI::App& app, const DocumentationOptions& options) {
  const CommandHelp help = program(app, options);
  print(options.shell == "bash"  ? bash_completion(help)
        : options.shell == "zsh" ? zsh_completion(help)
                                 : fish_completion(help));
}

void write_pages(const CLI::App& app, const DocumentationOptions& options) {
  const CommandHelp help = program(app, options);
  bool found = false;
  for (const ManPage& page : man_pages(help, COVENV_VERSION)) {
    if (options.folder.empty()) {
      if (page.name != (options.page.empty() ? help.name : help.name + "-" + options.page))
        continue;
      print(page.text);
    } else {
      const std::string file = options.folder + "/" + page.name + ".1";
      std::ofstream stream(file);
      stream << page.text << std::flush;
      if (!stream) throw std::runtime_error("cannot write " + file);
    }
    found = true;
  }
  if (!found)
    throw std::runtime_error("there is no command '" + options.page +
                             "' (`covenv help` lists the commands)");
}

}  // namespace

void add_documentation(CLI::App& app) {
  auto options = std::make_shared<DocumentationOptions>();
  const auto add = [&](const char* name, const char* help) {
    CLI::App* const command = app.add_subcommand(name, help);
    command->add_flag("--sigforward", options->is_of_sigforward, "Of sigforward");
    return command;
  };
  CLI::App* const completion = add("completion", "Print the completion for a shell");
  completion->add_option("shell", options->shell, "The shell")
      ->required()
      ->check(one_of({"bash", "zsh", "fish"}));
  completion->footer(
      "Where each shell looks for the file:\n"
      "  covenv completion bash > ~/.local/share/bash-completion/completions/covenv\n"
      "  covenv completion fish > ~/.config/fish/completions/covenv.fish\n"
      "  covenv completion zsh > FOLDER/_covenv   # a folder of $fpath");
  completion->callback([options, &app] { print_completion(app, *options); });

  CLI::App* const man = add("man", "Print a manual page");
  man->add_option("page", options->page, "A command of covenv; none: covenv itself");
  man->add_option("--into", options->folder, "Write all pages to this folder")->type_name("DIR");
  man->callback([options, &app] { write_pages(app, *options); });
}

}  // namespace covenv
