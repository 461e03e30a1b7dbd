// SPDX-License-Identifier: MIT
#include <string>
#include <string_view>

#include "wrapper/covenv/report/page.h"
#include "wrapper/covenv/report/writers.h"

namespace covenv::report {
namespace {

/// Passes all bytes on, but < escaped as in JSON, because < could end a script element.
class ScriptSafe : public std::streambuf {
 public:
  explicit ScriptSafe(std::streambuf* target) : target_(target) {}

 protected:
  int_type overflow(int_type character) override {
    if (character == '<') return target_->sputn("\\u003c", 6) == 6 ? character : traits_type::eof();
    return target_->sputc(traits_type::to_char_type(character));
  }

  std::streamsize xsputn(const char* bytes, std::streamsize size) override {
    std::string_view rest(bytes, static_cast<std::size_t>(size));
    while (!rest.empty()) {
      const std::size_t plain = std::min(rest.find('<'), rest.size());
      const auto length = static_cast<std::streamsize>(plain);
      if (target_->sputn(rest.data(), length) != length) return 0;
      rest.remove_prefix(plain);
      if (rest.empty()) break;
      if (overflow('<') == traits_type::eof()) return 0;
      rest.remove_prefix(1);
    }
    return size;
  }

 private:
  std::streambuf* target_;
};

}  // namespace

void write_html(std::ostream& out, const Report& report) {
  out << kPageBeforeReport;
  ScriptSafe safe(out.rdbuf());
  std::ostream json(&safe);
  write_json(json, report);
  if (!json) out.setstate(std::ios::badbit);
  out << kPageAfterReport;
}

}  // namespace covenv::report
