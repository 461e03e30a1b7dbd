// SPDX-License-Identifier: MIT
#include "shim/counters/gcov_program.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "shim/counters/gcov_layout.h"

namespace covenv {
namespace {

constexpr std::uint64_t kWord = 8;

// gcov_info: version, next, stamp, checksum, filename, merge[kinds], n_functions, functions.
constexpr std::size_t kNextAt = 8;
constexpr std::size_t kStampAt = 16;
constexpr std::size_t kChecksumAt = 20;
constexpr std::size_t kNameAt = 24;
constexpr std::size_t kMergeAt = 32;
constexpr std::size_t kMostKinds = 10;
constexpr std::size_t kMostInfo = kMergeAt + kMostKinds * kWord + 16;

// gcov_fn_info: key, ident, lineno_checksum, cfg_checksum, then a counter record for each kind.
constexpr std::size_t kFunctionHead = 24;
constexpr std::size_t kCounterRecord = 16;

// What __llvm_internal_gcov_emit_file_info holds: name, version, checksum, the number of functions,
// the tables of their idents and of their counters.
constexpr std::size_t kFileInfo = 40;
constexpr std::size_t kFunctionArguments = 12;
constexpr std::size_t kArcsArguments = 16;

std::size_t info_size(const GcovLayout& layout) { return kMergeAt + layout.kinds * kWord + 16; }

bool is_place(std::uint64_t address) { return address >= 4096 && address % 4 == 0; }

}  // namespace

bool GcovProgram::parse_gcc_unit(const char* bytes, std::uint64_t address, GcovUnit& unit) {
  const std::uint32_t version = load<std::uint32_t>(bytes);
  const std::optional<GcovLayout> layout = gcov_layout_of(version);
  if (!layout || load<std::uint32_t>(bytes + 4) != 0) return false;
  const std::size_t count_at = kMergeAt + layout->kinds * kWord;
  unit = {.address = address,
          .version = version,
          .stamp = load<std::uint32_t>(bytes + kStampAt),
          .checksum = layout->has_checksum ? load<std::uint32_t>(bytes + kChecksumAt) : 0,
          .name = load<std::uint64_t>(bytes + kNameAt),
          .functions_count = load<std::uint32_t>(bytes + count_at),
          .functions = load<std::uint64_t>(bytes + count_at + kWord)};
  for (std::uint32_t kind = 0; kind < layout->kinds; ++kind) {
    if (load<std::uint64_t>(bytes + kMergeAt + kind * kWord) != 0) unit.kinds |= 1U << kind;
  }
  return unit.kinds != 0 && is_gcov_count(unit.functions_count) && is_place(unit.functions) &&
         has_file_name(unit);
}

bool GcovProgram::parse_clang_unit(const char* bytes, std::uint64_t address, GcovUnit& unit) {
  unit = {.address = address,
          .version = load<std::uint32_t>(bytes + 8),
          .stamp = load<std::uint32_t>(bytes + 12),
          .kinds = 1U << kGcovArcs,
          .name = load<std::uint64_t>(bytes),
          .functions_count = load<std::uint32_t>(bytes + 16),
          .functions = load<std::uint64_t>(bytes + 24),
          .arcs = load<std::uint64_t>(bytes + 32)};
  // Before version 4.7 functions had one checksum less, and clang's tables another layout.
  const std::optional<std::uint32_t> version = clang_gcov_version_of(unit.version);
  return version && *version >= 47 && load<std::uint32_t>(bytes + 20) == 0 &&
         is_gcov_count(unit.functions_count) && is_place(unit.functions) && is_place(unit.arcs) &&
         has_file_name(unit);
}

bool GcovProgram::has_file_name(const GcovUnit& unit) {
  if (unit.name < 4096) return false;
  const std::span<const char> name = read_name(unit);
  return std::string_view(name.data(), name.size()).ends_with(".gcda");
}

CallTrace::Memory GcovProgram::traced_memory() {
  return {.context = this,
          .read_code =
              [](void* context, std::uint64_t at, std::array<char, 16>& into) {
                auto& program = *static_cast<GcovProgram*>(context);
                if (!program.is_in_code(at)) return std::size_t{0};
                const std::span<const char> code = program.code_.some(at, into.size());
                std::copy(code.begin(), code.end(), into.begin());
                return code.size();
              },
          .read_data =
              [](void* context, std::uint64_t at, std::uint64_t& value, std::size_t size) {
                auto& program = *static_cast<GcovProgram*>(context);
                // The two tables are read in turns.
                const bool is_moved = program.extents_[kRelro].contains(at, size);
                MemoryWindow& window = is_moved ? program.tables_ : program.functions_;
                const char* const bytes = window.bytes(at, size);
                value = 0;
                if (bytes != nullptr) std::memcpy(&value, bytes, size);
                return bytes != nullptr;
              }};
}

/// What __llvm_gcov_writeout() calls: start_file(name, version, checksum); for each function
/// emit_function(ident, checksum, checksum) and emit_arcs(count, counters); summary_info();
/// end_file().
bool GcovProgram::parse_code_unit(std::uint64_t address, GcovUnit& unit) {
  traced_unit_ = 0;
  CallTrace trace;
  trace.begin(traced_memory(), address);
  TracedCall call;
  if (!trace.next(call)) return false;
  unit = {.address = address,
          .version = static_cast<std::uint32_t>(call.arguments[1]),
          .stamp = static_cast<std::uint32_t>(call.arguments[2]),
          .kinds = 1U << kGcovArcs,
          .name = call.arguments[0],
          .is_in_code = true};
  const std::optional<std::uint32_t> version = clang_gcov_version_of(unit.version);
  if (!version || *version < 47 || !has_file_name(unit)) return false;
  std::array<std::uint64_t, 2> pair = {};
  std::array<std::uint64_t, 2> last = {};
  std::uint32_t calls = 0;
  for (; trace.next(call); ++calls) {
    // All calls but the last two are of the same two functions, in turns.
    const bool is_of_pair = calls < 2 || last[calls % 2] == pair[calls % 2];
    if (!is_of_pair || calls > 2 * kMostGcovFunctions) return false;
    if (calls < 2) pair[calls] = call.target;
    last[calls % 2] = call.target;
  }
  if (!trace.has_ended() || calls < 2 || calls % 2 != 0) return false;
  unit.functions_count = (calls - 2) / 2;
  return true;
}

bool GcovProgram::read_code_function(const GcovUnit& unit, std::uint32_t index,
                                     GcovFunction& function) {
  TracedCall call;
  if (traced_unit_ != unit.address || index < next_function_) {
    traced_unit_ = unit.address;
    next_function_ = 0;
    trace_.begin(traced_memory(), unit.address);
    if (!trace_.next(call)) return false;
  }
  for (; next_function_ <= index; ++next_function_) {
    if (!trace_.next(call)) return false;
    function = {.is_own = true,
                .ident = static_cast<std::uint32_t>(call.arguments[0]),
                .lineno_checksum = static_cast<std::uint32_t>(call.arguments[1]),
                .cfg_checksum = static_cast<std::uint32_t>(call.arguments[2]),
                .kinds_count = 1};
    if (!trace_.next(call)) return false;
    function.counters[0] = {.count = static_cast<std::uint32_t>(call.arguments[0]),
                            .values = call.arguments[1]};
  }
  return true;
}

std::span<const char> GcovProgram::read_name(const GcovUnit& unit) {
  // Most names are short, and may lie at the end of what is mapped.
  for (std::size_t most = 256; most <= kMostName; most *= 4) {
    const std::span<const char> bytes = counters_.some(unit.name, most);
    if (bytes.empty()) return {};
    const void* const end = std::memchr(bytes.data(), '\0', bytes.size());
    if (end == nullptr) continue;
    return bytes.first(static_cast<std::size_t>(static_cast<const char*>(end) - bytes.data()));
  }
  return {};
}

bool GcovProgram::read_unit(std::size_t index, GcovUnit& unit) {
  if (index >= units_.size()) return false;
  const std::uint64_t address = units_[index];
  const bool is_gcc = maker_ == GcovMaker::kGcc;
  if (!is_gcc && is_in_code(address)) return parse_code_unit(address, unit);
  const std::span<const char> bytes = tables_.some(address, is_gcc ? kMostInfo : kFileInfo);
  if (!is_gcc) return bytes.size() == kFileInfo && parse_clang_unit(bytes.data(), address, unit);
  if (bytes.size() < kWord) return false;
  const std::optional<GcovLayout> layout = gcov_layout_of(load<std::uint32_t>(bytes.data()));
  return layout && bytes.size() >= info_size(*layout) &&
         parse_gcc_unit(bytes.data(), address, unit);
}

bool GcovProgram::read_function(const GcovUnit& unit, std::uint32_t index, GcovFunction& function) {
  if (index >= unit.functions_count) return false;
  if (maker_ == GcovMaker::kGcc) return read_gcc_function(unit, index, function);
  return unit.is_in_code ? read_code_function(unit, index, function)
                         : read_clang_function(unit, index, function);
}

bool GcovProgram::read_gcc_function(const GcovUnit& unit, std::uint32_t index,
                                    GcovFunction& function) {
  function = {};
  const char* const pointer = tables_.bytes(unit.functions + index * kWord, kWord);
  if (pointer == nullptr) return false;
  const std::uint64_t address = load<std::uint64_t>(pointer);
  if (address == 0) return true;
  const std::uint32_t kinds = std::min(gcov_kinds_count(unit.kinds), kMostGcovCoverageKinds);
  const char* const info = functions_.bytes(address, kFunctionHead + kinds * kCounterRecord);
  if (info == nullptr) return false;
  function = {.is_own = load<std::uint64_t>(info) == unit.address,
              .ident = load<std::uint32_t>(info + 8),
              .lineno_checksum = load<std::uint32_t>(info + 12),
              .cfg_checksum = load<std::uint32_t>(info + 16),
              .kinds_count = kinds};
  for (std::uint32_t i = 0; i < kinds; ++i) {
    const char* const record = info + kFunctionHead + i * kCounterRecord;
    function.counters[i] = {.count = load<std::uint32_t>(record),
                            .values = load<std::uint64_t>(record + kWord)};
  }
  return true;
}

bool GcovProgram::read_clang_function(const GcovUnit& unit, std::uint32_t index,
                                      GcovFunction& function) {
  const std::uint64_t arguments = unit.functions + std::uint64_t{index} * kFunctionArguments;
  const std::uint64_t arcs = unit.arcs + std::uint64_t{index} * kArcsArguments;
  const char* const ident = functions_.bytes(arguments, kFunctionArguments);
  const char* const counters = tables_.bytes(arcs, kArcsArguments);
  if (ident == nullptr || counters == nullptr) return false;
  function = {.is_own = true,
              .ident = load<std::uint32_t>(ident),
              .lineno_checksum = load<std::uint32_t>(ident + 4),
              .cfg_checksum = load<std::uint32_t>(ident + 8),
              .kinds_count = 1};
  function.counters[0] = {.count = load<std::uint32_t>(counters),
                          .values = load<std::uint64_t>(counters + kWord)};
  return true;
}

std::span<const char> GcovProgram::read_counters(const GcovCounters& counters,
                                                 std::uint32_t first) {
  if (first >= counters.count) return {};
  const std::size_t size = std::size_t{counters.count - first} * kWord;
  const std::size_t most = std::min(size, counters_.capacity() / kWord * kWord);
  const char* const bytes = counters_.bytes(counters.values + std::uint64_t{first} * kWord, most);
  return bytes != nullptr ? std::span(bytes, most) : std::span<const char>();
}

/// How find_gcov() works: units have a shape that nothing else has, and lie in known sections.
/// A symbol table is read only behind a unit, because it may be large.
class GcovFinder {
 public:
  GcovFinder(const LoadedObject& object, GcovProgram& program)
      : object_(object), program_(program) {}

  bool prepare(std::span<char> room);
  bool find_gcc();
  bool find_clang();

 private:
  static constexpr std::size_t kRoot = 32;
  static constexpr std::uint64_t kMostData = std::uint64_t{64} * 1024 * 1024;
  // Larger ones are not read without evidence: node, say, is not moved, and has destructors.
  static constexpr std::uint64_t kMostRodata = std::uint64_t{4} * 1024 * 1024;
  static constexpr std::uint64_t kMostStrings = std::uint64_t{4} * 1024 * 1024;
  static constexpr std::size_t kMostDoubts = 256;

  Extent extent_of(std::string_view section) const;
  bool has_gcc_unit();
  bool find_root();
  bool take_root(std::uint64_t address);
  bool search_root();
  bool is_root(const char* bytes);
  bool walk_list(std::uint64_t first);
  bool collect_clang_units(const Extent& extent);
  void collect_clang_symbols();
  void collect_code_units();
  bool read_init(std::uint64_t function, std::uint64_t& runtime, std::uint64_t& writeout);
  bool has_table_of(const GcovUnit& unit);
  std::uint64_t find_clang_runtime();
  template <typename Visit>
  void for_each_init(Visit visit);
  void add_unit(std::uint64_t address);

  /// Calls visit(bytes, address) at each word of the extent behind which `size` bytes follow, until
  /// the visit returns true.
  template <typename Visit>
  bool scan(const Extent& extent, std::size_t size, Visit visit);

  const LoadedObject& object_;
  GcovProgram& program_;
  std::span<std::uint64_t> unit_room_;
  std::size_t units_count_ = 0;
  bool has_too_many_ = false;
};

bool GcovFinder::prepare(std::span<char> room) {
  // Each unit of gcc's, and clang's runtime, has an entry in .fini_array, behind crtbegin's. Of
  // 1850 objects of a Debian 49 have more than that one.
  const std::optional<Section> destructors = object_.file.find_section(".fini_array");
  if (!destructors || destructors->size <= kWord || room.size() < GcovProgram::kRoom) return false;
  program_.has_dumped_ = false;
  program_.is_run_counted_ = false;
  program_.has_unreadable_units_ = false;
  program_.units_ = {};
  program_.extents_[GcovProgram::kData] = extent_of(".data");
  program_.extents_[GcovProgram::kBss] = extent_of(".bss");
  program_.extents_[GcovProgram::kRelro] = extent_of(".data.rel.ro");
  program_.extents_[GcovProgram::kRodata] = extent_of(".rodata");
  program_.extents_[GcovProgram::kText] = extent_of(".text");
  program_.extents_[GcovProgram::kConstructors] = extent_of(".init_array");
  const std::size_t skip =
      (0 - reinterpret_cast<std::uintptr_t>(room.data())) % alignof(std::uint64_t);
  const std::size_t units = GcovProgram::kMostUnits - (skip != 0 ? 1 : 0);
  unit_room_ = {reinterpret_cast<std::uint64_t*>(room.data() + skip), units};
  room = room.subspan(GcovProgram::kMostUnits * kWord);
  constexpr std::size_t third =
      (GcovProgram::kRoom - GcovProgram::kMostUnits * kWord - GcovProgram::kRoomForCode) / 3;
  const std::span<const Extent> extents = program_.extents_;
  program_.tables_ = MemoryWindow(object_.memory, extents, room.first(third));
  program_.functions_ = MemoryWindow(object_.memory, extents, room.subspan(third, third));
  program_.counters_ = MemoryWindow(object_.memory, extents, room.subspan(2 * third, third));
  program_.code_ =
      MemoryWindow(object_.memory, extents, room.subspan(3 * third, GcovProgram::kRoomForCode));
  return true;
}

Extent GcovFinder::extent_of(std::string_view name) const {
  const std::optional<Section> section = object_.file.find_section(name);
  if (!section || !section->is_loaded()) return {};
  const std::uint64_t begin = section->address + object_.bias;
  if (begin + section->size < begin) return {};
  return {.begin = begin, .end = begin + section->size};
}

template <typename Visit>
bool GcovFinder::scan(const Extent& extent, std::size_t size, Visit visit) {
  std::uint64_t at = (extent.begin + kWord - 1) / kWord * kWord;
  while (at < extent.end && extent.end - at >= size) {
    const std::span<const char> piece =
        program_.functions_.some(at, program_.functions_.capacity());
    if (piece.size() < size) return false;
    std::size_t offset = 0;
    for (; offset + size <= piece.size(); offset += kWord) {
      if (visit(&piece[offset], at + offset)) return true;
    }
    at += offset;
  }
  return false;
}

bool GcovFinder::find_gcc() {
  program_.maker_ = GcovMaker::kGcc;
  if (!has_gcc_unit() || !find_root()) return false;
  program_.units_ = unit_room_.first(units_count_);
  return units_count_ != 0;
}

bool GcovFinder::has_gcc_unit() {
  const Extent& data = program_.extents_[GcovProgram::kData];
  if (data.end - data.begin > kMostData) return false;
  std::size_t doubts = 0;
  bool is_found = false;
  const std::size_t least = kMostInfo - 2 * kWord;  // of gcc 11
  scan(data, least, [&](const char* bytes, std::uint64_t address) {
    const std::optional<GcovLayout> layout = gcov_layout_of(load<std::uint32_t>(bytes));
    if (!layout || data.end - address < info_size(*layout)) return false;
    const char* const whole = program_.tables_.bytes(address, info_size(*layout));
    GcovUnit unit;
    is_found = whole != nullptr && program_.parse_gcc_unit(whole, address, unit);
    return is_found || ++doubts == kMostDoubts;
  });
  return is_found;
}

bool GcovFinder::find_root() {
  Symbol root[] = {{.name = "__gcov_root"}};
  if (object_.file.find_symbols(root) != 0) return take_root(root[0].address + object_.bias);
  return search_root();
}

bool GcovFinder::take_root(std::uint64_t address) {
  const char* const root = program_.functions_.bytes(address, kRoot);
  if (root == nullptr) return false;
  const std::uint32_t flags = load<std::uint32_t>(root + kWord);
  program_.has_dumped_ = (flags & 1U) != 0;
  program_.is_run_counted_ = (flags & 2U) != 0;
  return walk_list(load<std::uint64_t>(root));
}

/// __gcov_root is a variable of .bss that points to the first unit: list, flags, next, prev.
bool GcovFinder::search_root() {
  Extent bss = program_.extents_[GcovProgram::kBss];
  if (bss.end - bss.begin > kMostData) bss.begin = bss.end - kMostData;
  std::size_t doubts = 0;
  std::uint64_t found = 0;
  scan(bss, kRoot, [&](const char* bytes, std::uint64_t address) {
    const std::uint64_t list = load<std::uint64_t>(bytes);
    const bool is_possible = list % kWord == 0 &&
                             program_.extents_[GcovProgram::kData].contains(list, kWord) &&
                             load<std::uint64_t>(bytes + kWord) <= 3;
    if (!is_possible) return false;
    if (is_root(bytes)) found = address;
    return found != 0 || ++doubts == kMostDoubts;
  });
  return found != 0 && take_root(found);
}

bool GcovFinder::is_root(const char* bytes) {
  const std::uint64_t list = load<std::uint64_t>(bytes);
  for (const std::size_t at : {std::size_t{16}, std::size_t{24}}) {
    const std::uint64_t other = load<std::uint64_t>(bytes + at);
    if (other != 0 && !is_place(other)) return false;
  }
  unit_room_[0] = list;
  program_.units_ = unit_room_.first(1);
  GcovUnit unit;
  return program_.read_unit(0, unit);
}

bool GcovFinder::walk_list(std::uint64_t first) {
  for (std::uint64_t at = first; at != 0;) {
    add_unit(at);
    if (has_too_many_) return false;
    program_.units_ = unit_room_.first(units_count_);
    GcovUnit unit;
    if (!program_.read_unit(units_count_ - 1, unit)) return false;
    const char* const info = program_.tables_.bytes(at, kMergeAt);
    if (info == nullptr) return false;
    at = load<std::uint64_t>(info + kNextAt);
  }
  return true;
}

bool GcovFinder::find_clang() {
  program_.maker_ = GcovMaker::kClang;
  units_count_ = 0;
  bool is_searched = collect_clang_units(program_.extents_[GcovProgram::kRelro]);
  // Only a program that is not moved has pointers in .rodata.
  const Extent& rodata = program_.extents_[GcovProgram::kRodata];
  if (object_.bias == 0) {
    const bool is_small = rodata.end - rodata.begin <= kMostRodata;
    is_searched = is_small && collect_clang_units(rodata) && is_searched;
  }
  const std::optional<Section> strings = object_.file.find_section(".strtab");
  if (!is_searched && strings && strings->size <= kMostStrings) collect_clang_symbols();
  program_.units_ = unit_room_.first(units_count_);
  collect_code_units();
  program_.units_ = unit_room_.first(units_count_);
  if (has_too_many_) return false;
  if (units_count_ == 0) return program_.has_unreadable_units_;
  Symbol counted[] = {{.name = "llvm_gcda_summary_info.run_counted"}};
  if (object_.file.find_symbols(counted) != 0) {
    const char* const word = program_.functions_.bytes(counted[0].address + object_.bias, 4);
    program_.is_run_counted_ = word != nullptr && load<std::uint32_t>(word) != 0;
  }
  return true;
}

/// False if the extent is too large to be read.
bool GcovFinder::collect_clang_units(const Extent& extent) {
  if (extent.end - extent.begin > kMostData) return false;
  std::size_t doubts = 0;
  scan(extent, kFileInfo, [&](const char* bytes, std::uint64_t address) {
    if (!clang_gcov_version_of(load<std::uint32_t>(bytes + 8))) return false;
    GcovUnit unit;
    if (!program_.parse_clang_unit(bytes, address, unit)) return ++doubts == kMostDoubts;
    add_unit(address);
    return has_too_many_;
  });
  return true;
}

void GcovFinder::collect_clang_symbols() {
  units_count_ = 0;
  object_.file.for_each_symbol(
      "__llvm_internal_gcov_emit_file_info",
      [](void* context, const Symbol& symbol) {
        GcovFinder& finder = *static_cast<GcovFinder*>(context);
        for (std::uint64_t at = 0; at + kFileInfo <= symbol.size; at += kFileInfo) {
          finder.add_unit(symbol.address + at + finder.object_.bias);
          if (finder.has_too_many_) return;
        }
      },
      this);
}

/// Each unit has a constructor that does nothing but llvm_gcov_init(writeout, reset).
bool GcovFinder::read_init(std::uint64_t function, std::uint64_t& runtime,
                           std::uint64_t& writeout) {
  CallTrace trace;
  trace.begin(program_.traced_memory(), function);
  TracedCall call;
  if (!trace.next(call)) return false;
  runtime = call.target;
  writeout = call.arguments[0];
  return program_.is_in_code(writeout) && program_.is_in_code(call.arguments[1]);
}

bool GcovFinder::has_table_of(const GcovUnit& unit) {
  for (std::size_t i = 0; i < program_.units_.size(); ++i) {
    GcovUnit other;
    if (program_.read_unit(i, other) && other.name == unit.name) return true;
  }
  return false;
}

/// Calls visit(runtime, writeout) for each constructor of a unit, until the visit returns true.
template <typename Visit>
void GcovFinder::for_each_init(Visit visit) {
  const Extent& constructors = program_.extents_[GcovProgram::kConstructors];
  for (std::uint64_t at = constructors.begin; at < constructors.end; at += kWord) {
    const char* const pointer = program_.functions_.bytes(at, kWord);
    std::uint64_t runtime = 0;
    std::uint64_t writeout = 0;
    if (pointer == nullptr) return;
    if (read_init(load<std::uint64_t>(pointer), runtime, writeout) && visit(runtime, writeout)) {
      return;
    }
  }
}

/// The address of llvm_gcov_init(), or 0.
std::uint64_t GcovFinder::find_clang_runtime() {
  Symbol known[] = {{.name = "llvm_gcov_init"}};
  if (object_.file.find_symbols(known) != 0) return known[0].address + object_.bias;
  std::uint64_t found = 0;
  for_each_init([&](std::uint64_t runtime, std::uint64_t writeout) {
    GcovUnit unit;
    if (program_.parse_code_unit(writeout, unit)) found = runtime;
    return found != 0;
  });
  return found;
}

/// Of units whose tables an optimiser has resolved, the constructors lead to the code.
void GcovFinder::collect_code_units() {
  const std::uint64_t its_runtime = find_clang_runtime();
  if (its_runtime == 0) return;
  std::size_t inits = 0;
  for_each_init([&](std::uint64_t runtime, std::uint64_t) {
    inits += runtime == its_runtime ? 1 : 0;
    return false;
  });
  if (inits <= units_count_) return;
  for_each_init([&](std::uint64_t runtime, std::uint64_t writeout) {
    GcovUnit unit;
    if (runtime != its_runtime || !program_.parse_code_unit(writeout, unit)) return false;
    if (unit.functions_count == 0) {
      --inits;
    } else if (!has_table_of(unit)) {
      add_unit(writeout);
    }
    return has_too_many_;
  });
  program_.has_unreadable_units_ = inits > units_count_;
}

void GcovFinder::add_unit(std::uint64_t address) {
  has_too_many_ = units_count_ == unit_room_.size();
  if (!has_too_many_) unit_room_[units_count_++] = address;
}

bool find_gcov(const LoadedObject& object, std::span<char> room, GcovProgram& program) {
  if (!object.file.is_sound()) return false;
  GcovFinder finder(object, program);
  return finder.prepare(room) && (finder.find_gcc() || finder.find_clang());
}

namespace {

/// Bytes of a file that has these counters.
std::size_t record_size(const GcovFunction& function) {
  std::size_t size = 8;
  if (!function.is_own) return size;
  size += 12;
  for (std::uint32_t i = 0; i < function.kinds_count; ++i) {
    size += 8 + std::size_t{function.counters[i].count} * kWord;
  }
  return size;
}

bool note_largest(GcovProgram& program, const GcovCounters& counters, std::uint64_t& largest) {
  for (std::uint32_t first = 0; first < counters.count;) {
    const std::span<const char> values = program.read_counters(counters, first);
    if (values.empty()) return false;
    for (std::size_t at = 0; at < values.size(); at += kWord) {
      // gcc's counters have a sign, and the largest is at least 0.
      const auto value = load<std::int64_t>(&values[at]);
      if (value > static_cast<std::int64_t>(largest)) largest = static_cast<std::uint64_t>(value);
    }
    first += static_cast<std::uint32_t>(values.size() / kWord);
  }
  return true;
}

bool survey_unit(GcovProgram& program, const GcovUnit& unit, GcovSurvey& survey,
                 std::size_t& bytes_left) {
  constexpr std::size_t kHead = 16 + 20 + 8;  // with a summary of either maker, and the end
  std::size_t size = kHead;
  for (std::uint32_t i = 0; i < unit.functions_count; ++i) {
    GcovFunction function;
    if (!program.read_function(unit, i, function)) return false;
    const std::size_t record = record_size(function);
    const std::size_t cost = std::max(record, std::size_t{function.counters[0].count} * kWord);
    if (cost > bytes_left) return false;
    bytes_left -= cost;
    size += record;
    if (program.maker() == GcovMaker::kClang) continue;  // it writes 0 for the largest
    if (!note_largest(program, function.counters[0], survey.run_max)) return false;
  }
  survey.largest_file = std::max(survey.largest_file, size);
  return true;
}

}  // namespace

bool survey_gcov(GcovProgram& program, GcovSurvey& survey) {
  survey = {};
  std::size_t functions_left = GcovProgram::kMostFunctions;
  std::size_t bytes_left = GcovProgram::kMostCounterBytes;
  for (std::size_t i = 0; i < program.units_count(); ++i) {
    GcovUnit unit;
    if (!program.read_unit(i, unit) || unit.functions_count > functions_left) return false;
    functions_left -= unit.functions_count;
    if (!survey_unit(program, unit, survey, bytes_left)) return false;
  }
  return true;
}

}  // namespace covenv
