// SPDX-License-Identifier: MIT
#include "wrapper/covenv/report/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "made_up.h"

namespace covenv::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class Output : public testing::Test {
 protected:
  Output() : folder_(testing::TempDir() + "covenv-report-XXXXXX") { mkdtemp(folder_.data()); }
  ~Output() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  static std::string content(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_),
                                                  std::filesystem::directory_iterator()));
  }

 private:
  std::string folder_;
};

TEST_F(Output, TheExtensionChoosesTheForm) {
  EXPECT_EQ(format_of("a/out.html"), Format::kHtml);
  EXPECT_EQ(format_of("OUT.HTML"), Format::kHtml);
  EXPECT_EQ(format_of("out.json"), Format::kJson);
  EXPECT_EQ(format_of("out.perfetto.json"), Format::kPerfetto);
  EXPECT_EQ(format_of("out.pftrace"), Format::kPerfetto);
  EXPECT_EQ(format_of("summary.md"), Format::kMarkdown);
  EXPECT_EQ(format_of("out.txt"), Format::kText);
}

TEST_F(Output, AnUnknownExtensionIsAnErrorWithTheFix) {
  try {
    write_report(made_up_of({}), path("out.pdf"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("out.pdf"), HasSubstr("use .html, .json")));
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(Output, TakesThePlaceOfWhatWasThereAndLeavesNothingElse) {
  std::ofstream(path("out.json")) << "old";
  write_report(made_up_of({made_up(1)}), path("out.json"));
  EXPECT_THAT(content(path("out.json")), StartsWith("{\"covenv_report\":2"));
  EXPECT_EQ(files(), 1U);
}

TEST_F(Output, MayBeReadByItsOwnerAlone) {
  const mode_t mask = umask(022);
  write_report(made_up_of({}), path("out.json"));
  umask(mask);
  struct stat status {};
  ASSERT_EQ(stat(path("out.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(Output, ALinkStaysALink) {
  std::ofstream(path("real.json")) << "old";
  ASSERT_EQ(symlink("real.json", path("link.json").c_str()), 0);
  write_report(made_up_of({}), path("link.json"));
  EXPECT_TRUE(std::filesystem::is_symlink(path("link.json")));
  EXPECT_THAT(content(path("real.json")), StartsWith("{\"covenv_report\":2"));
}

TEST_F(Output, AFolderThatIsNotThereIsAnErrorWithTheFix) {
  try {
    write_report(made_up_of({}), path("missing/out.json"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("No such file or directory"), HasSubstr("; name a file")));
  }
}

TEST_F(Output, ADiskThatIsFullIsAnError) {
  EXPECT_THROW(write_report(made_up_of({made_up(1)}), "/dev/full", Format::kJson), Error);
}

}  // namespace
}  // namespace covenv::report
