// SPDX-License-Identifier: MIT
#include "wrapper/covenv/env/env_format.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace covenv {
namespace {

using std::string;
using std::string_view;

bool has(string_view text, char wanted) { return text.find(wanted) != string_view::npos; }

bool is_utf8(const string& text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

/// `text` with each of `which` replaced by what stands before it and itself.
string escaped(string_view text, string_view which, char before) {
  string result;
  for (const char c : text) {
    if (has(which, c)) result += before;
    result += c;
  }
  return result;
}

string replaced(string text, string_view what, string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

string in_sh(const Variable& v) {
  return "export " + v.name + "='" + replaced(v.value, "'", R"('\'')") + "'\n";
}

string in_fish(const Variable& v) {
  return "set -gx " + v.name + " '" + escaped(v.value, R"(\')", '\\') + "'\n";
}

/// The delimiter is a line that the value does not have, because the runner stops there.
string in_github(const Variable& v) {
  if (!has(v.value, '\n')) return v.name + "=" + v.value + "\n";
  string delimiter = "COVENV_END";
  while (v.value.find(delimiter) != string::npos) delimiter += '_';
  return v.name + "<<" + delimiter + "\n" + v.value + "\n" + delimiter + "\n";
}

/// JSON's strings are YAML's, except for characters that YAML takes for line ends or does not
/// print.
string yaml_string(const string& value) {
  string text = nlohmann::json(value).dump();
  text = replaced(text, "\x7f", R"(\x7F)");
  for (unsigned char last = 0x80; last < 0xa0; ++last) {
    const char control[] = {'\xc2', static_cast<char>(last), '\0'};
    constexpr const char* kHex = "0123456789ABCDEF";
    text = replaced(text, control, string(R"(\x)") + kHex[last >> 4U] + kHex[last & 15U]);
  }
  text = replaced(text, "\u2028", R"(\u2028)");
  text = replaced(text, "\u2029", R"(\u2029)");
  return replaced(text, "\ufeff", R"(\uFEFF)");
}

string in_gitlab(const Variable& v) {
  return "  " + v.name + ":\n    value: " + yaml_string(v.value) + "\n    expand: false\n";
}

/// withEnv replaces $NAME in the values, and $$ by $; Groovy reads the string before.
string in_jenkins(const Variable& v) {
  string text = escaped(v.name + "=" + replaced(v.value, "$", "$$"), R"(\')", '\\');
  text = replaced(text, "\n", R"(\n)");
  return "'" + replaced(text, "\r", R"(\r)") + "'";
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         has("_./:,@%+-", c);
}

string in_dotenv(const Variable& v) {
  if (std::all_of(v.value.begin(), v.value.end(), is_plain)) return v.name + "=" + v.value + "\n";
  const char quote = has(v.value, '\'') ? '"' : '\'';
  return v.name + "=" + quote + v.value + quote + "\n";
}

const char* why_not_utf8(const string& value) { return is_utf8(value) ? nullptr : "is not UTF-8"; }

const char* why_not_jenkins(const string& value) {
  return value.empty() ? "is empty, and withEnv then unsets it" : why_not_utf8(value);
}

const char* why_not_docker(const string& value) {
  if (has(value, '\n')) return "has a line break, which an env-file cannot hold";
  if (value.ends_with('\r')) return "ends in a carriage return, which an env-file cannot hold";
  return why_not_utf8(value);
}

const char* why_not_dotenv(const string& value) {
  if (has(value, '\\') || has(value, '`') || has(value, '$') || has(value, '\r')) {
    return R"(has a character of \ ` $ or a carriage return, which readers of .env files take )"
           "differently";
  }
  if (has(value, '\'') && value.find_first_of("\"\n") != string::npos) {
    return "has a single quote beside a double quote or a line break, which readers of .env files "
           "take differently";
  }
  return why_not_utf8(value);
}

string in_json(const std::vector<Variable>& variables) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const Variable& v : variables) object[v.name] = v.value;
  return object.dump(2) + "\n";
}

/// How one format writes a variable, and the text around and between variables.
struct Style {
  EnvFormat format;
  const char* (*why_not)(const string& value);
  string (*write)(const Variable& variable);
  const char* before = "";
  const char* between = "";
  const char* after = "";
};

const char* anything(const string& /*value*/) { return nullptr; }

constexpr Style kStyles[] = {
    {EnvFormat::kSh, anything, in_sh},
    {EnvFormat::kFish, anything, in_fish},
    {EnvFormat::kGithub, why_not_utf8, in_github},
    {EnvFormat::kGitlab, why_not_utf8, in_gitlab, "variables:\n"},
    {EnvFormat::kJenkins, why_not_jenkins, in_jenkins, "[", ", ", "]\n"},
    {EnvFormat::kDocker, why_not_docker,
     [](const Variable& v) { return v.name + "=" + v.value + "\n"; }},
    {EnvFormat::kDotenv, why_not_dotenv, in_dotenv},
    {EnvFormat::kJson, why_not_utf8, nullptr},
};

}  // namespace

WrittenEnv write_env(EnvFormat format, const std::vector<Variable>& variables) {
  const Style& style = *std::find_if(std::begin(kStyles), std::end(kStyles),
                                     [&](const Style& s) { return s.format == format; });
  for (const Variable& v : variables) {
    const char* const reason = style.why_not(v.value);
    if (reason != nullptr) return {.text = "", .problem = Inexpressible{v.name, reason}};
  }
  if (style.write == nullptr) return {.text = in_json(variables), .problem = std::nullopt};
  string text = style.before;
  for (const Variable& v : variables) {
    if (&v != variables.data()) text += style.between;
    text += style.write(v);
  }
  return {.text = text + style.after, .problem = std::nullopt};
}

}  // namespace covenv
