// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/shell_line.h"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace covenv::doctor {
namespace {

constexpr std::string_view kPassedOver[] = {"!",    "{",    "}",    "(",      ")",
                                            "if",   "elif", "do",   "while",  "then",
                                            "else", "exec", "time", "command"};

bool is_passed_over(std::string_view word) {
  return std::find(std::begin(kPassedOver), std::end(kPassedOver), word) != std::end(kPassedOver);
}

/// Reads words, with quotes and escapes, and ends a command at each operator.
class Reader {
 public:
  void take(char character) {
    if (is_escaped_) {
      is_escaped_ = false;
      add(character);
    } else if (quote_ == '\'' && character != '\'') {
      add(character);
    } else if (character == '\\') {
      is_escaped_ = true;
    } else if (quote_ != 0) {
      if (character == quote_) {
        quote_ = 0;
      } else {
        add(character);
      }
    } else {
      take_plain(character);
    }
  }

  std::vector<SimpleCommand> commands() {
    end_command();
    return std::move(commands_);
  }

 private:
  void add(char character) {
    if (is_comment_) return;
    has_word_ = true;
    word_ += character;
  }

  void take_plain(char character) {
    const bool is_end_of_line = character == '\n';
    if (is_comment_ && !is_end_of_line) return;
    if (character == '"' || character == '\'') {
      quote_ = character;
      has_word_ = true;
    } else if (character == '#' && !has_word_) {
      is_comment_ = true;
    } else if (character == '<' || character == '>') {
      // A number before it is that of a descriptor.
      if (std::all_of(word_.begin(), word_.end(), ::isdigit)) forget_word();
      end_word();
      is_redirected_ = true;
    } else if (is_end_of_line || character == ';' || character == '|' ||
               (character == '&' && !is_redirected_)) {
      end_command();
    } else if (character == ' ' || character == '\t' || character == '\r') {
      end_word();
    } else {
      add(character);
    }
  }

  void forget_word() {
    word_.clear();
    has_word_ = false;
  }

  void end_word() {
    if (!has_word_) return;
    const std::string word = word_;
    forget_word();
    if (is_redirected_) {
      is_redirected_ = false;
    } else if (command_.words.empty() && is_assignment(word)) {
      command_.assignments.push_back(word);
    } else if (!command_.words.empty() || !is_passed_over(word)) {
      command_.words.push_back(word);
    }
  }

  void end_command() {
    end_word();
    is_comment_ = is_redirected_ = false;
    if (!command_.words.empty() && command_.words.front() == "export") {
      std::copy_if(command_.words.begin() + 1, command_.words.end(),
                   std::back_inserter(command_.assignments), is_assignment);
    }
    if (!command_.words.empty() || !command_.assignments.empty()) commands_.push_back(command_);
    command_ = {};
  }

  std::vector<SimpleCommand> commands_;
  SimpleCommand command_;
  std::string word_;
  bool has_word_ = false;  ///< an empty one, in quotes, is one
  char quote_ = 0;
  bool is_escaped_ = false;
  bool is_comment_ = false;
  bool is_redirected_ = false;
};

}  // namespace

bool is_assignment(std::string_view word) {
  const std::size_t sign = word.find('=');
  if (sign == 0 || sign == std::string_view::npos || std::isdigit(word[0]) != 0) return false;
  return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(sign),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

std::vector<SimpleCommand> simple_commands(std::string_view line) {
  Reader reader;
  for (const char character : line) reader.take(character);
  return reader.commands();
}

}  // namespace covenv::doctor
