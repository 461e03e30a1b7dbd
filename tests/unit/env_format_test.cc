// SPDX-License-Identifier: MIT
#include "wrapper/covenv/env/env_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

namespace covenv {
namespace {

using std::string;

string one(EnvFormat format, const string& value) {
  return write_env(format, {{"NAME", value}}).text;
}

string refusal(EnvFormat format, const string& value) {
  const WrittenEnv written = write_env(format, {{"NAME", value}});
  EXPECT_EQ(written.text.empty(), written.problem.has_value());
  return written.problem ? written.problem->reason : "";
}

TEST(EnvFormat, ShQuotesQuotes) {
  EXPECT_EQ(one(EnvFormat::kSh, "it's $HOME\n"), "export NAME='it'\\''s $HOME\n'\n");
}

TEST(EnvFormat, FishEscapesBackslashesAndQuotes) {
  EXPECT_EQ(one(EnvFormat::kFish, R"(it's \n)"), "set -gx NAME 'it\\'s \\\\n'\n");
}

TEST(EnvFormat, GithubTakesAPlainLineAsItIs) {
  EXPECT_EQ(one(EnvFormat::kGithub, "a=b<<c"), "NAME=a=b<<c\n");
}

TEST(EnvFormat, GithubHasADelimiterForSeveralLines) {
  EXPECT_EQ(one(EnvFormat::kGithub, "a\nb"), "NAME<<COVENV_END\na\nb\nCOVENV_END\n");
}

TEST(EnvFormat, GithubsDelimiterIsNotInTheValue) {
  EXPECT_EQ(one(EnvFormat::kGithub, "COVENV_END\nCOVENV_END_"),
            "NAME<<COVENV_END__\nCOVENV_END\nCOVENV_END_\nCOVENV_END__\n");
}

TEST(EnvFormat, GitlabExpandsNothing) {
  EXPECT_EQ(one(EnvFormat::kGitlab, "$HOME \"x\""),
            "variables:\n  NAME:\n    value: \"$HOME \\\"x\\\"\"\n    expand: false\n");
}

TEST(EnvFormat, GitlabEscapesWhatYamlTakesForLineEnds) {
  EXPECT_THAT(one(EnvFormat::kGitlab, "a\u0085b\u2028c"), testing::HasSubstr(R"("a\x85b\u2028c")"));
}

TEST(EnvFormat, JenkinsIsAListThatExpandsNothing) {
  const WrittenEnv written = write_env(EnvFormat::kJenkins, {{"A", "$B's"}, {"C", "d\\e\n"}});
  EXPECT_EQ(written.text, "['A=$$B\\'s', 'C=d\\\\e\\n']\n");
}

TEST(EnvFormat, JenkinsHasNoEmptyValues) {
  EXPECT_THAT(refusal(EnvFormat::kJenkins, ""), testing::HasSubstr("empty"));
}

TEST(EnvFormat, DockerKnowsNoQuotes) {
  EXPECT_EQ(one(EnvFormat::kDocker, " \"it's\" #$x\\ "), "NAME= \"it's\" #$x\\ \n");
}

TEST(EnvFormat, DockerHasNoLineBreaks) {
  EXPECT_THAT(refusal(EnvFormat::kDocker, "a\nb"), testing::HasSubstr("line break"));
  EXPECT_THAT(refusal(EnvFormat::kDocker, "a\r"), testing::HasSubstr("carriage return"));
}

TEST(EnvFormat, DotenvQuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(one(EnvFormat::kDotenv, "/usr/lib/libcovenv.so:libx.so"),
            "NAME=/usr/lib/libcovenv.so:libx.so\n");
  EXPECT_EQ(one(EnvFormat::kDotenv, "COV*"), "NAME='COV*'\n");
  EXPECT_EQ(one(EnvFormat::kDotenv, "it's"), "NAME=\"it's\"\n");
}

TEST(EnvFormat, DotenvRefusesWhatItsReadersDisagreeOn) {
  for (const char* value : {"$x", "a\\b", "`x`", "'\"", "'\n", "a\rb"}) {
    EXPECT_THAT(refusal(EnvFormat::kDotenv, value), testing::HasSubstr("take differently"))
        << value;
  }
}

TEST(EnvFormat, JsonIsOneObject) {
  EXPECT_EQ(nlohmann::json::parse(one(EnvFormat::kJson, "\"\n")),
            (nlohmann::json{{"NAME", "\"\n"}}));
}

TEST(EnvFormat, TextFormatsHoldUtf8Only) {
  for (const EnvFormat format : {EnvFormat::kGithub, EnvFormat::kGitlab, EnvFormat::kJenkins,
                                 EnvFormat::kDocker, EnvFormat::kDotenv, EnvFormat::kJson}) {
    EXPECT_EQ(refusal(format, "\xff"), "is not UTF-8");
  }
  EXPECT_EQ(one(EnvFormat::kSh, "\xff"), "export NAME='\xff'\n");
}

// Readers of the formats. They follow the formats' documentation, and not our writer.

using Env = std::map<string, string>;

Env read_github(const string& text) {
  Env env;
  std::size_t at = 0;
  const auto next = [&] {
    const std::size_t end = text.find('\n', at);
    if (end == string::npos) throw std::runtime_error("unfinished: " + text);
    const string line = text.substr(at, end - at);
    at = end + 1;
    return line;
  };
  while (at < text.size()) {
    const string line = next();
    const std::size_t equals = line.find('=');
    const std::size_t heredoc = line.find("<<");
    if (equals < heredoc) {
      env[line.substr(0, equals)] = line.substr(equals + 1);
      continue;
    }
    const string delimiter = line.substr(heredoc + 2);
    string value;
    for (string part = next(); part != delimiter; part = next()) value += part + "\n";
    if (!value.empty()) value.pop_back();
    env[line.substr(0, heredoc)] = value;
  }
  return env;
}

// Reads Groovy's single-quoted strings, and then replaces what Jenkins's withEnv replaces.
Env read_jenkins(const string& text) {
  Env env;
  std::size_t at = 1;
  while (text.at(at) != ']') {
    if (text.compare(at, 2, ", ") == 0) at += 2;
    if (text.at(at++) != '\'') throw std::runtime_error("no string: " + text);
    string item;
    for (; text.at(at) != '\''; ++at) {
      if (text[at] == '\n') throw std::runtime_error("a string over two lines: " + text);
      if (text[at] != '\\') {
        item += text[at];
        continue;
      }
      const char c = text.at(++at);
      item += c == 'n' ? '\n' : c == 'r' ? '\r' : c;
    }
    ++at;
    const std::size_t equals = item.find('=');
    string value;
    for (std::size_t i = equals + 1; i < item.size(); ++i) {
      if (item[i] == '$' && item.at(++i) != '$') throw std::runtime_error("expands: " + item);
      value += item[i];
    }
    env[item.substr(0, equals)] = value;
  }
  return env;
}

Env read_docker(const string& text) {
  Env env;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const string line = text.substr(at, end - at);
    env[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
    at = end + 1;
  }
  return env;
}

Env read_json(const string& text) { return nlohmann::json::parse(text).get<Env>(); }

// Reads words of a shell. Only text between single quotes, and \' outside of them, is taken.
Env read_sh(const string& text) {
  Env env;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, 7, "export ") != 0) throw std::runtime_error("no export: " + text);
    const std::size_t equals = text.find('=', at);
    string value;
    bool quoted = false;
    for (std::size_t i = equals + 1;; ++i) {
      const char c = text.at(i);
      if (c == '\'') {
        quoted = !quoted;
      } else if (quoted) {
        value += c;
      } else if (c == '\\') {
        value += text.at(++i);
      } else if (c == '\n') {
        env[text.substr(at + 7, equals - at - 7)] = value;
        at = i;
        break;
      } else {
        throw std::runtime_error("unquoted: " + text);
      }
    }
  }
  return env;
}

Env read_fish(const string& text) {
  Env env;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 8, "set -gx ") != 0) throw std::runtime_error("no set: " + text);
    const std::size_t blank = text.find(' ', at + 8);
    string value;
    std::size_t i = blank + 2;
    for (; text.at(i) != '\''; ++i) {
      const bool escape = text[i] == '\\' && (text.at(i + 1) == '\\' || text.at(i + 1) == '\'');
      value += text.at(escape ? ++i : i);
    }
    if (text.at(i + 1) != '\n') throw std::runtime_error("unquoted: " + text);
    env[text.substr(at + 8, blank - at - 8)] = value;
    at = i + 2;
  }
  return env;
}

struct Reader {
  const char* name;
  EnvFormat format;
  Env (*read)(const string& text);
};

class RoundTrip : public testing::TestWithParam<Reader> {
 protected:
  static string nasty(std::mt19937& random) {
    static const std::vector<string> kPieces = {
        "'",  "\"", "$",  "$$",      "${HOME}", "$(id)", "`id`",   "\\", "\\n",        "\\'",
        "\n", "\r", "\t", " ",       "#",       "=",     "<<",     "%",  "!",          "*",
        "?",  "~",  "&",  ";",       "|",       "ü",     "\u2028", "😀",  "COVENV_END", "EOF",
        "a",  "]",  ", ", "\\u0041", "\x01",    "\x7f",  "{",      "}",  ":",          "- "};
    string value;
    for (auto left = std::uniform_int_distribution<int>(0, 8)(random); left > 0; --left) {
      value += kPieces[std::uniform_int_distribution<std::size_t>(0, kPieces.size() - 1)(random)];
    }
    return value;
  }
};

TEST_P(RoundTrip, WhatIsWrittenIsReadOrRefused) {
  std::mt19937 random(7);
  int written_ones = 0;
  for (int round = 0; round < 5000; ++round) {
    const Env env = {{"A", nasty(random)}, {"B", nasty(random)}};
    const WrittenEnv written =
        write_env(GetParam().format, {{"A", env.at("A")}, {"B", env.at("B")}});
    if (written.problem) continue;
    ++written_ones;
    EXPECT_EQ(GetParam().read(written.text), env) << written.text;
  }
  EXPECT_GT(written_ones, 1500);
}

INSTANTIATE_TEST_SUITE_P(All, RoundTrip,
                         testing::Values(Reader{"sh", EnvFormat::kSh, read_sh},
                                         Reader{"fish", EnvFormat::kFish, read_fish},
                                         Reader{"github", EnvFormat::kGithub, read_github},
                                         Reader{"jenkins", EnvFormat::kJenkins, read_jenkins},
                                         Reader{"docker", EnvFormat::kDocker, read_docker},
                                         Reader{"json", EnvFormat::kJson, read_json}),
                         [](const auto& row) { return string(row.param.name); });

}  // namespace
}  // namespace covenv
