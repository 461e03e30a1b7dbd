// SPDX-License-Identifier: MIT
#include "wrapper/covenv/report/output.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "wrapper/common/draft_file.h"
#include "wrapper/covenv/report/summary.h"
#include "wrapper/covenv/report/writers.h"

namespace covenv::report {
namespace {

struct Extension {
  std::string_view name;
  Format format;
};

// The first that fits: .perfetto.json is .json as well.
constexpr Extension kExtensions[] = {
    {".perfetto.json", Format::kPerfetto},
    {".perfetto-trace", Format::kPerfetto},
    {".pftrace", Format::kPerfetto},
    {".html", Format::kHtml},
    {".htm", Format::kHtml},
    {".json", Format::kJson},
    {".md", Format::kMarkdown},
    {".markdown", Format::kMarkdown},
    {".txt", Format::kText},
};

bool ends_with(std::string path, std::string_view extension) {
  std::transform(path.begin(), path.end(), path.begin(), [](unsigned char character) {
    return static_cast<char>(std::tolower(character));
  });
  return std::string_view(path).ends_with(extension);
}

[[noreturn]] void fail(const std::string& path, int error) {
  throw Error("cannot write the report to " + path + ": " + std::strerror(error) +
              "; name a file in a folder that is there and can be written to");
}

/// A draft beside `path`, which is removed unless it took the place of that file. The owner alone
/// may read it, because command lines may hold passwords.
class Replacement {
 public:
  explicit Replacement(const std::string& path) : path_(path), name_(make_draft(path, 0600)) {
    if (name_.empty()) fail(path, errno);
  }
  ~Replacement() {
    if (!is_placed_) unlink(name_.c_str());
  }
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  const std::string& name() const { return name_; }

  void take_place() {
    if (rename(name_.c_str(), path_.c_str()) != 0) fail(path_, errno);
    is_placed_ = true;
  }

 private:
  std::string path_;
  std::string name_;
  bool is_placed_ = false;
};

void write_to(const std::string& name, const std::string& path, const Report& report,
              Format format) {
  errno = 0;
  std::ofstream file(name, std::ios::binary);
  if (file) write(file, report, format);
  if (file) file.close();
  if (!file) fail(path, errno != 0 ? errno : EIO);
}

/// The end of a chain of symbolic links: links are kept, and the file that they name is replaced.
std::string target_of(const std::string& path) {
  std::error_code error;
  const std::filesystem::path target = std::filesystem::weakly_canonical(path, error);
  return error ? path : target.string();
}

}  // namespace

Format format_of(const std::string& path) {
  for (const Extension& extension : kExtensions) {
    if (ends_with(path, extension.name)) return extension.format;
  }
  throw Error("no form of report ends as " + path +
              " does; use .html, .json, .md, .txt or .perfetto.json");
}

void write(std::ostream& out, const Report& report, Format format) {
  switch (format) {
    case Format::kText:
      return write_text(out, report);
    case Format::kSummary:
      if (has_news(report)) out << summary_lines(report, {});
      return;
    case Format::kJson:
      return write_json(out, report);
    case Format::kHtml:
      return write_html(out, report);
    case Format::kPerfetto:
      return write_perfetto(out, report);
    case Format::kMarkdown:
      return write_markdown(out, report);
  }
}

void write_report(const Report& report, const std::string& path, std::optional<Format> format) {
  const Format chosen = format ? *format : format_of(path);
  const std::string target = target_of(path);
  struct stat status {};
  if (stat(target.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    write_to(target, path, report, chosen);
    return;
  }
  Replacement replacement(target);
  write_to(replacement.name(), path, report, chosen);
  replacement.take_place();
}

}  // namespace covenv::report
