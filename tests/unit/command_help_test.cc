// SPDX-License-Identifier: MIT
#include "wrapper/covenv/help/command_help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wrapper/covenv/help/completion.h"
#include "wrapper/covenv/help/man_page.h"

namespace covenv {
namespace {

using std::string;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Sample {
  Sample() {
    CLI::App* const sub = app.add_subcommand("go", "It's [a] way: \\ there");
    sub->add_option("--kind", kind, "The kind")
        ->type_name("KIND")
        ->check(CLI::IsMember({"a", "b"}));
    sub->add_option("-o,--output", output, "Where to")->type_name("FILE");
    sub->add_flag("--fast", fast, "Be fast");
    sub->add_option("--secret", kind, "Not shown")->group("");
    sub->add_option("command", command, "What is run");
    sub->footer("Words:\n  one  1\n\nA text.\n\nExit status: 0.");
    app.add_subcommand("hidden", "Not shown")->group("");
  }
  CLI::App app{"Goes", "program"};
  string kind;
  string output;
  bool fast = false;
  std::vector<string> command;
};

TEST(Describe, TakesWhatIsShown) {
  const CommandHelp help = describe(Sample().app);
  ASSERT_EQ(help.commands.size(), 1U);
  const CommandHelp& go = help.commands[0];
  ASSERT_EQ(go.options.size(), 4U);  // --help is the first
  EXPECT_THAT(go.options[1].choices, ElementsAre("a", "b"));
  EXPECT_EQ(go.options[1].value, "KIND");
  EXPECT_THAT(go.options[2].names, ElementsAre("-o", "--output"));
  EXPECT_EQ(go.options[2].kind, ValueKind::kFile);
  EXPECT_EQ(go.options[3].kind, ValueKind::kNone);
  ASSERT_EQ(go.positionals.size(), 1U);
  EXPECT_EQ(go.positionals[0].kind, ValueKind::kCommand);
}

TEST(Describe, SectionsHaveTitles) {
  const std::vector<HelpSection> sections = describe(Sample().app).commands[0].sections;
  ASSERT_EQ(sections.size(), 3U);
  EXPECT_EQ(sections[0].title, "Words");
  EXPECT_THAT(sections[0].lines, ElementsAre("  one  1"));
  EXPECT_EQ(sections[1].title, "");
  EXPECT_EQ(sections[2].title, "Exit status");
}

TEST(DescribeSigforward, TakesOptionsAndTheirFurtherLines) {
  const CommandHelp help = describe_sigforward();
  EXPECT_EQ(help.name, "sigforward");
  EXPECT_EQ(help.summary, "Runs COMMAND in a process group of its own");
  ASSERT_EQ(help.options.size(), 17U);
  EXPECT_THAT(help.options[0].names, ElementsAre("--grace"));
  EXPECT_EQ(help.options[0].value, "DURATION");
  EXPECT_EQ(help.options[0].help,
            "from the first signal to SIGKILL: 1s, 500ms, 2m, a number of seconds (1.5), 0 or inf "
            "(never SIGKILL). Default: 1s");
  EXPECT_EQ(help.options[3].kind, ValueKind::kNone);
  ASSERT_EQ(help.sections.size(), 3U);
  EXPECT_EQ(help.sections[2].title, "Exit status");
  EXPECT_EQ(help.positionals.at(0).kind, ValueKind::kCommand);
}

TEST(Completion, ZshEscapesWhatArgumentsReads) {
  const string text = zsh_completion(describe(Sample().app));
  EXPECT_THAT(text, HasSubstr(R"('go:It'\''s [a] way: \ there')"));
  EXPECT_THAT(text, HasSubstr("'(--kind)--kind=[The kind]:KIND:(a b)'"));
}

TEST(Completion, FishEscapesQuotes) {
  EXPECT_THAT(fish_completion(describe(Sample().app)),
              HasSubstr(R"(-d 'It\'s [a] way: \\ there')"));
}

TEST(Completion, NothingHiddenIsOffered) {
  const CommandHelp help = describe(Sample().app);
  for (const string& text : {bash_completion(help), zsh_completion(help), fish_completion(help)}) {
    EXPECT_THAT(text, Not(HasSubstr("hidden")));
    EXPECT_THAT(text, Not(HasSubstr("secret")));
  }
}

TEST(ManPage, EachCommandHasOne) {
  const std::vector<ManPage> pages = man_pages(describe(Sample().app), "1.2");
  ASSERT_EQ(pages.size(), 2U);
  EXPECT_EQ(pages[0].name, "program");
  EXPECT_EQ(pages[1].name, "program-go");
}

TEST(ManPage, RoffPrintsWhatIsSpecialToIt) {
  CommandHelp help;
  help.name = "program";
  help.summary = ".It's \\ a-b";
  EXPECT_THAT(man_pages(help, "1")[0].text,
              HasSubstr(".SH DESCRIPTION\n\\&.It\\(aqs \\e a\\-b.\n"));
}

}  // namespace
}  // namespace covenv
