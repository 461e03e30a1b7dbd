// SPDX-License-Identifier: MIT
#include "shim/core/executable.h"

#include <elf.h>

#include <string_view>

namespace covenv {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kOurMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kOurMachine = EM_AARCH64;
#else
#error "covenv knows x86-64 and aarch64"
#endif
constexpr unsigned char kOurData =
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

// Enough for the ELF header and 17 program headers; real files have 11 to 14.
constexpr std::size_t kHeaderBytes = 1024;
constexpr std::size_t kDynamicEntries = 48;
// The first few are enough, because gcc links its sanitizer runtimes before everything else.
constexpr std::size_t kNeededLookedAt = 4;

template <typename T>
bool copy_from(std::span<const char> bytes, std::uint64_t offset, T& out) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return false;
  __builtin_memcpy(&out, bytes.data() + offset, sizeof(T));
  return true;
}

bool is_picky_runtime(std::string_view soname) {
  return soname.starts_with("libasan.so") || soname.starts_with("libclang_rt.asan");
}

struct ProgramHeaders {
  std::span<const char> header;
  std::uint64_t offset;
  std::uint16_t size;
  std::uint16_t count;

  /// Calls visit(Elf64_Phdr) for each program header within the bytes that were read.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::uint16_t i = 0; i < count; ++i) {
      Elf64_Phdr program;
      if (!copy_from(header, offset + std::uint64_t{i} * size, program)) return;
      visit(program);
    }
  }

  /// The file position of a virtual address; 0, where no string table can be, if no segment holds
  /// the address.
  std::uint64_t file_offset(std::uint64_t address) const {
    std::uint64_t found = 0;
    for_each([&](const Elf64_Phdr& program) {
      if (program.p_type != PT_LOAD || address < program.p_vaddr) return;
      const std::uint64_t into = address - program.p_vaddr;
      if (into < program.p_filesz) found = program.p_offset + into;
    });
    return found;
  }
};

bool needs_picky_runtime(const FileReader& file, const ProgramHeaders& programs,
                         std::uint64_t dynamic_offset, std::uint64_t dynamic_size) {
  Elf64_Dyn dynamic[kDynamicEntries];
  const std::size_t wanted =
      dynamic_size < sizeof(dynamic) ? static_cast<std::size_t>(dynamic_size) : sizeof(dynamic);
  const std::size_t got =
      file.read_at(file.context, dynamic_offset, {reinterpret_cast<char*>(dynamic), wanted});
  std::uint64_t needed[kNeededLookedAt];
  std::size_t needed_count = 0;
  std::uint64_t strings = 0;
  for (std::size_t i = 0; i < got / sizeof(Elf64_Dyn) && dynamic[i].d_tag != DT_NULL; ++i) {
    if (dynamic[i].d_tag == DT_STRTAB) strings = programs.file_offset(dynamic[i].d_un.d_ptr);
    if (dynamic[i].d_tag == DT_NEEDED && needed_count < kNeededLookedAt) {
      needed[needed_count++] = dynamic[i].d_un.d_val;
    }
  }
  if (strings == 0) return false;
  for (std::size_t i = 0; i < needed_count; ++i) {
    char soname[32];
    const std::size_t size =
        file.read_at(file.context, strings + needed[i], std::span<char>(soname));
    if (is_picky_runtime({soname, size})) return true;
  }
  return false;
}

Image inspect_elf(const FileReader& file, std::span<const char> header) {
  const auto identity = [&](std::size_t i) { return static_cast<unsigned char>(header[i]); };
  if (identity(EI_CLASS) != ELFCLASS64 || identity(EI_DATA) != kOurData) return Image::kForeign;
  Elf64_Ehdr elf;
  if (!copy_from(header, 0, elf)) return Image::kUnknown;
  if (elf.e_machine != kOurMachine) return Image::kForeign;

  const ProgramHeaders programs{header, elf.e_phoff, elf.e_phentsize, elf.e_phnum};
  bool has_loader = false;
  std::uint64_t dynamic_offset = 0;
  std::uint64_t dynamic_size = 0;
  programs.for_each([&](const Elf64_Phdr& program) {
    if (program.p_type == PT_INTERP) has_loader = true;
    if (program.p_type == PT_DYNAMIC) {
      dynamic_offset = program.p_offset;
      dynamic_size = program.p_filesz;
    }
  });
  if (!has_loader) return Image::kStatic;
  return needs_picky_runtime(file, programs, dynamic_offset, dynamic_size) ? Image::kWantsFirst
                                                                           : Image::kDynamic;
}

void inspect_script(std::string_view line, ImageReport& report) {
  constexpr std::string_view kBlank = " \t";
  const auto is_blank = [&](char byte) { return kBlank.find(byte) != std::string_view::npos; };
  std::size_t start = 2;
  while (start < line.size() && is_blank(line[start])) ++start;
  std::size_t end = start;
  while (end < line.size() && !is_blank(line[end]) && line[end] != '\n' && line[end] != '\0') ++end;
  const bool is_cut_off = end == line.size() && line.size() == ImageReport::kMaxInterpreter;
  if (end == start || is_cut_off) return;
  report.image = Image::kScript;
  for (std::size_t i = start; i < end; ++i) report.interpreter[i - start] = line[i];
  report.interpreter[end - start] = '\0';
}

}  // namespace

void inspect_executable(const FileReader& file, ImageReport& report) {
  report.image = Image::kUnknown;
  char header[kHeaderBytes];
  const std::size_t size = file.read_at(file.context, 0, std::span<char>(header));
  const std::string_view bytes(header, size);
  if (size >= EI_NIDENT && bytes.starts_with(ELFMAG)) {
    report.image = inspect_elf(file, {header, size});
  } else if (bytes.starts_with("#!")) {
    const std::size_t read_by_kernel =
        size < ImageReport::kMaxInterpreter ? size : ImageReport::kMaxInterpreter;
    inspect_script({header, read_by_kernel}, report);
  }
}

}  // namespace covenv
