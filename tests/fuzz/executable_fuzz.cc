// SPDX-License-Identifier: MIT
// Bytes as a file that is about to be executed. The first byte puts them behind a sound ELF header,
// a script's "#!", or nothing.
#include <cstring>
#include <string>
#include <string_view>

#include "elf_image.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using covenv::Image;
  const std::string rest(reinterpret_cast<const char*>(data), size);
  std::string bytes = rest;
  if (size != 0 && data[0] == 'E') {
    bytes = covenv::testing::ElfImage{.needed = {"libasan.so.8", "libc.so.6"}}.bytes();
    // Pairs of a position and a byte, so that most of the file stays sound.
    for (std::size_t i = 1; i + 2 < size; i += 3) {
      const std::size_t position =
          (data[i] | static_cast<unsigned>(data[i + 1]) << 8U) % bytes.size();
      bytes[position] = static_cast<char>(data[i + 2]);
    }
  } else if (size != 0 && data[0] == 'S') {
    bytes = "#!" + rest.substr(1);
  }

  covenv::testing::BytesFile file(bytes);
  const covenv::ImageReport report = file.inspected();
  require(file.reads() <= 6,
          "one read of the header, one of the dynamic section, four of libraries");
  require(report.image <= Image::kWantsFirst, "the image is one of its values");
  const std::size_t name_size = strnlen(report.interpreter, sizeof(report.interpreter));
  require(name_size < sizeof(report.interpreter), "the interpreter ends with a NUL");
  require((report.image == Image::kScript) == (name_size != 0), "a script has an interpreter");
  if (report.image == Image::kScript) {
    const std::string_view name(report.interpreter, name_size);
    require(bytes.starts_with("#!"), "a script starts with #!");
    require(std::string_view(bytes).substr(2, 254).find(name) != std::string_view::npos,
            "the interpreter is in the line");
    require(name.find_first_of(" \t\n") == std::string_view::npos, "an interpreter has no blanks");
  }
  return 0;
}
