// SPDX-License-Identifier: MIT
#include "shim/counters/go_counters.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <new>

#include "shim/counters/go_hash.h"

namespace covenv {
namespace {

/// More than the data of a large program, less than what takes long.
constexpr std::uint64_t kMostScanned = std::uint64_t{32} * 1024 * 1024;
constexpr std::size_t kMostCandidates = 256;

/// `rtcov.CovMetaBlob`, the same in all versions.
struct Package {
  std::uint64_t meta;
  std::uint32_t meta_size;
  std::uint8_t hash[16];
  std::uint64_t path;
  std::uint64_t path_size;
  std::int64_t fixed_id;
  std::uint8_t mode;
  std::uint8_t granularity;
};
static_assert(sizeof(Package) == 64);

/// The beginning of `coverage.MetaSymbolHeader`, to which a Package points.
struct PackageMeta {
  std::uint32_t size;
  std::uint32_t names[3];
  std::uint8_t hash[16];
};

struct GoString {
  std::uint64_t address;
  std::uint64_t size;
};

struct GoSlice {
  std::uint64_t address;
  std::uint64_t size;
  std::uint64_t capacity;
};

/// `rtcov.Meta`, before Go 1.23 `runtime.covMeta`.
struct PackageList {
  GoSlice packages;
  std::uint64_t map;
  std::uint64_t needs_updating;
};

struct Range {
  std::uint64_t begin;
  std::uint64_t end;
};

/// The part of a room that begins at a whole word, and ends at one: rows are words of a piece.
std::span<char> whole_words(std::span<char> room) {
  constexpr std::size_t kWord = alignof(Symbol);
  const std::size_t skip = (0 - reinterpret_cast<std::uintptr_t>(room.data())) % kWord;
  room = room.subspan(std::min(skip, room.size()));
  return room.first(room.size() / kWord * kWord);
}

/// Calls visit(bytes) for pieces of a section in memory, until it returns true. Each piece begins
/// with the last `overlap` bytes of the one before.
template <typename Visit>
bool any_piece(const LoadedObject& object, const Section& section, std::span<char> room,
               std::size_t overlap, Visit visit) {
  if (section.type == SHT_NULL || !section.is_loaded()) return false;
  const std::uint64_t size = std::min(section.size, kMostScanned);
  for (std::uint64_t at = 0; size - at > overlap;) {
    const std::span<char> piece =
        room.first(static_cast<std::size_t>(std::min<std::uint64_t>(size - at, room.size())));
    if (!object.memory.read(object.bias + section.address + at, piece)) return false;
    if (visit(std::span<const char>(piece))) return true;
    at += piece.size() - overlap;
  }
  return false;
}

/// Calls matches(row) with each row of words of the piece, until it returns true.
template <typename Row, typename Matches>
bool any_row(std::span<const char> piece, Matches matches) {
  for (std::size_t at = 0; at + sizeof(Row) <= piece.size(); at += sizeof(std::uint64_t)) {
    Row row;
    std::memcpy(&row, &piece[at], sizeof(row));
    if (matches(row)) return true;
  }
  return false;
}

/// The range of the counters as `runtime.firstmoduledata` has it, behind the range of .noptrbss,
/// which holds the counters. The row lies at another place in each version, but is the same.
std::optional<Range> range_in_module(const LoadedObject& object, std::span<char> room) {
  const std::optional<Section> holder = object.file.find_section(".noptrbss");
  if (!holder) return std::nullopt;
  const Range outer = {object.bias + holder->address, object.bias + holder->address + holder->size};
  using Row = std::array<std::uint64_t, 4>;
  Range range = {};
  const auto is_row = [&](const Row& row) {
    range = {row[2], row[3]};
    return row[0] == outer.begin && row[1] >= row[0] && row[1] <= outer.end &&
           range.begin >= row[0] && range.begin <= range.end && range.end <= row[1];
  };
  const auto scan = [&](std::string_view name) {
    const std::optional<Section> section = object.file.find_section(name);
    return section &&
           any_piece(object, *section, room, sizeof(Row) - sizeof(std::uint64_t),
                     [&](std::span<const char> piece) { return any_row<Row>(piece, is_row); });
  };
  // The first one from Go 1.26 on.
  if (scan(".go.module") || scan(".noptrdata")) return range;
  return std::nullopt;
}

bool has_sound_size(const GoSlice& packages) {
  return packages.size != 0 && packages.size <= packages.capacity &&
         packages.capacity <= GoCounters::kMostPackages;
}

bool is_sound(const Package& package) {
  return package.mode >= 1 && package.mode <= 5 && package.granularity >= 1 &&
         package.granularity <= 2;
}

/// Finds the list of packages in a file without symbols: a slice whose first package agrees with
/// the read-only data to which it points.
std::optional<PackageList> find_package_list(const LoadedObject& object, std::span<char> room) {
  const std::optional<Section> section = object.file.find_section(".bss");
  if (!section) return std::nullopt;
  PackageList found = {};
  std::size_t candidates = 0;
  const auto is_list = [&](const PackageList& list) {
    if (!has_sound_size(list.packages) || list.packages.address == 0) return false;
    if (list.packages.address % alignof(Package) != 0 || list.map % 8 != 0) return false;
    if ((list.needs_updating & 0xff) > 1 || candidates == kMostCandidates) return false;
    ++candidates;
    Package first;
    PackageMeta meta;
    found = list;
    return object.memory.read(list.packages.address, first) && is_sound(first) &&
           object.memory.read(first.meta, meta) && meta.size == first.meta_size &&
           std::memcmp(meta.hash, first.hash, sizeof(meta.hash)) == 0;
  };
  const auto has_list = [&](std::span<const char> piece) {
    return any_row<PackageList>(piece, is_list);
  };
  constexpr std::size_t kOverlap = sizeof(PackageList) - sizeof(std::uint64_t);
  if (!any_piece(object, *section, room, kOverlap, has_list)) return std::nullopt;
  return found;
}

enum class HashKind : std::uint8_t { kUnknown, kMd5, kFnv128a };

/// The kind of the program's version, which .go.buildinfo holds at a fixed place from Go 1.18 on.
HashKind hash_kind_of(const ElfFile& file) {
  constexpr std::string_view kMagic = "\xff Go buildinf:";
  constexpr std::string_view kRelease = "go1.";
  constexpr std::size_t kFlags = 15;
  constexpr std::size_t kVersion = 32;
  constexpr unsigned kFirstWithFnv = 24;
  std::array<char, 96> head;
  const std::optional<Section> section = file.find_section(".go.buildinfo");
  if (!section || section->size < head.size() || !file.bytes().read(section->offset, head)) {
    return HashKind::kUnknown;
  }
  if (std::memcmp(head.data(), kMagic.data(), kMagic.size()) != 0 || (head[kFlags] & 2) == 0) {
    return HashKind::kUnknown;
  }
  const std::string_view text(head.data() + kVersion, head.size() - kVersion);
  std::size_t at = text.find(kRelease);
  if (at == std::string_view::npos) return HashKind::kUnknown;
  unsigned minor = 0;
  for (at += kRelease.size(); at < text.size() && minor < 1000; ++at) {
    if (text[at] < '0' || text[at] > '9') break;
    minor = minor * 10 + static_cast<unsigned>(text[at] - '0');
  }
  return minor < kFirstWithFnv ? HashKind::kMd5 : HashKind::kFnv128a;
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view mode_name(std::uint8_t mode) {
  if (mode == 1) return "set";
  if (mode == 2) return "count";
  return mode == 3 ? "atomic" : "<invalid>";
}

std::string_view granularity_name(std::uint8_t granularity) {
  if (granularity == 1) return "perblock";
  return granularity == 2 ? "perfunc" : "<invalid>";
}

template <typename Hash>
void add_names(Hash& hash, const GoCounters& found) {
  hash.add(bytes_of(mode_name(found.mode)));
  hash.add(bytes_of(granularity_name(found.granularity)));
}

/// Takes the packages up, in the order of the list.
class PackageReader {
 public:
  PackageReader(GoCounters& found, HashKind kind) : found_(found), kind_(kind) {
    found.package_of_fixed_id.fill(GoCounters::kNoPackage);
  }

  bool read(const ByteSource& memory, const GoSlice& list, std::span<char> room) {
    if (!has_sound_size(list)) return false;
    const std::size_t most = room.size() / sizeof(Package);
    for (std::size_t at = 0; at < list.size;) {
      const std::size_t count = std::min<std::size_t>(list.size - at, most);
      const std::span<char> piece = room.first(count * sizeof(Package));
      if (!memory.read(list.address + at * sizeof(Package), piece)) return false;
      for (std::size_t i = 0; i < count; ++i, ++at) {
        Package package;
        std::memcpy(&package, &piece[i * sizeof(package)], sizeof(package));
        if (!is_sound(package)) return false;
        add(package, static_cast<std::uint16_t>(at));
      }
    }
    found_.package_count = static_cast<std::uint32_t>(list.size);
    return true;
  }

  /// False if the version is not known.
  bool finish_hash() {
    if (kind_ == HashKind::kUnknown) return false;
    if (kind_ == HashKind::kMd5) {
      add_names(md5_, found_);
      found_.hash = md5_.finish();
    } else {
      add_names(fnv_, found_);
      found_.hash = fnv_.sum();
    }
    return true;
  }

 private:
  void add(const Package& package, std::uint16_t at) {
    if (kind_ == HashKind::kMd5) md5_.add(package.hash);
    if (kind_ == HashKind::kFnv128a) fnv_.add(package.hash);
    // Modes beyond these are of packages without code.
    if (found_.mode == 0 && package.mode <= 3) found_.mode = package.mode;
    if (found_.granularity == 0) found_.granularity = package.granularity;
    const std::uint64_t fixed = static_cast<std::uint64_t>(-2 - package.fixed_id);
    if (package.fixed_id > -2 || fixed >= GoCounters::kMostFixedIds) return;
    found_.package_of_fixed_id[fixed] = at;
  }

  GoCounters& found_;
  HashKind kind_;
  Fnv128a fnv_;
  Md5 md5_;
};

/// Up to Go 1.22 the variables are in runtime/coverage and runtime, then in packages of their own.
enum Variable : std::uint8_t {
  kCounters,
  kCountersEnd,
  kList,
  kListBefore,
  kFolder,
  kFolderBefore,
  kHash,
  kHashBefore,
  kIsHashed,
  kIsHashedBefore,
  kIsEmitted,
  kIsEmittedBefore,
  kHooks,
  kHooksBefore,
  kHooksLock,
  kSignals,
  kVariables,
};
static_assert(kVariables <= ElfFile::kMostSymbols);

/// The runtime's variables, as the symbol table names them.
class Variables {
 public:
  /// `room` belongs to the object as long as the object lives.
  static constexpr std::size_t kRoom = kVariables * sizeof(Symbol);
  Variables(const LoadedObject& object, std::span<char> room) : object_(object) {
    symbols_ = {reinterpret_cast<Symbol*>(room.data()), kVariables};
    for (Symbol& symbol : symbols_) ::new (&symbol) Symbol();
    symbols_[kCounters].name = "runtime.covctrs";
    symbols_[kCountersEnd].name = "runtime.ecovctrs";
    symbols_[kList].name = "internal/coverage/rtcov.Meta";
    symbols_[kListBefore].name = "runtime.covMeta";
    symbols_[kFolder].name = "internal/coverage/cfile.goCoverDir";
    symbols_[kFolderBefore].name = "runtime/coverage.goCoverDir";
    symbols_[kHash].name = "internal/coverage/cfile.finalHash";
    symbols_[kHashBefore].name = "runtime/coverage.finalHash";
    symbols_[kIsHashed].name = "internal/coverage/cfile.finalHashComputed";
    symbols_[kIsHashedBefore].name = "runtime/coverage.finalHashComputed";
    symbols_[kIsEmitted].name = "internal/coverage/cfile.covProfileAlreadyEmitted";
    symbols_[kIsEmittedBefore].name = "runtime/coverage.covProfileAlreadyEmitted";
    symbols_[kHooks].name = "internal/runtime/exithook.hooks";
    symbols_[kHooksBefore].name = "runtime.exitHooks";
    symbols_[kHooksLock].name = "internal/runtime/exithook.locked";
    symbols_[kSignals].name = "runtime.sig";
    object.file.find_symbols(symbols_);
  }

  bool are_complete() const {
    return has_either(kList, kListBefore) && has_either(kFolder, kFolderBefore) &&
           has_either(kHash, kHashBefore) && has_either(kIsHashed, kIsHashedBefore);
  }

  bool has(Variable variable) const { return symbols_[variable].is_found; }
  bool has_either(Variable now, Variable before) const { return has(now) || has(before); }

  std::uint64_t address_of(Variable variable) const {
    return object_.bias + symbols_[variable].address;
  }

  template <typename T>
  bool read(Variable variable, T& value) const {
    return has(variable) && object_.memory.read(address_of(variable), value);
  }

  template <typename T>
  bool read_either(Variable now, Variable before, T& value) const {
    return read(has(now) ? now : before, value);
  }

 private:
  const LoadedObject& object_;
  std::span<Symbol> symbols_;
};

/// How far the runtime is with its exit hooks, one of which writes the counters.
GoStage stage_of_exit(const Variables& variables) {
  GoSlice hooks = {};
  if (variables.has(kHooks)) {
    // A hook leaves the list before it is called.
    std::uint32_t lock = 0;
    if (!variables.read(kHooks, hooks) || !variables.read(kHooksLock, lock)) {
      return GoStage::kUnreadable;
    }
    if (hooks.size != 0) return GoStage::kMeasuring;
    return lock != 0 ? GoStage::kLeaving : GoStage::kLeft;
  }
  struct {
    GoSlice hooks;
    std::uint8_t are_running;
  } before = {};
  if (!variables.read(kHooksBefore, before)) return GoStage::kUnreadable;
  if (before.are_running != 0) return GoStage::kLeaving;
  return before.hooks.size != 0 ? GoStage::kMeasuring : GoStage::kLeft;
}

/// What the runtime's variables say, but for the packages.
GoStage read_variables(const Variables& variables, GoCounters& found) {
  std::uint8_t is_hashed = 0;
  if (!variables.read_either(kIsHashed, kIsHashedBefore, is_hashed)) return GoStage::kUnreadable;
  if (is_hashed == 0) return GoStage::kStarting;

  GoString folder = {};
  std::uint8_t is_emitted = 0;
  if (!variables.read_either(kFolder, kFolderBefore, folder)) return GoStage::kUnreadable;
  if (variables.has_either(kIsEmitted, kIsEmittedBefore) &&
      !variables.read_either(kIsEmitted, kIsEmittedBefore, is_emitted)) {
    return GoStage::kUnreadable;
  }
  if (folder.size == 0 || is_emitted != 0) return GoStage::kNotMeasuring;
  if (!variables.read_either(kHash, kHashBefore, found.hash)) return GoStage::kUnreadable;
  found.folder_address = folder.address;
  found.folder_size = folder.size;
  if (variables.has(kSignals)) found.signals_address = variables.address_of(kSignals);
  found.has_symbols = true;
  return stage_of_exit(variables);
}

bool set_range(const std::optional<Range>& range, GoCounters& found) {
  if (!range || range->end < range->begin || range->begin % sizeof(std::uint32_t) != 0) {
    return false;
  }
  const std::uint64_t words = (range->end - range->begin) / sizeof(std::uint32_t);
  if (words == 0 || words > GoCounters::kMostWords) return false;
  found.address = range->begin;
  found.words = static_cast<std::size_t>(words);
  return true;
}

GoStage find_without_symbols(const LoadedObject& object, std::span<char> room, GoCounters& found) {
  const std::optional<PackageList> list = find_package_list(object, room);
  if (!list) return GoStage::kStarting;
  PackageReader packages(found, hash_kind_of(object.file));
  if (!packages.read(object.memory, list->packages, room)) return GoStage::kUnreadable;
  return packages.finish_hash() ? GoStage::kMeasuring : GoStage::kUnreadable;
}

GoStage find_by_symbols(const LoadedObject& object, const Variables& variables,
                        std::span<char> room, GoCounters& found) {
  const GoStage stage = read_variables(variables, found);
  if (found.has_symbols) {
    PackageList list = {};
    PackageReader packages(found, HashKind::kUnknown);
    if (!variables.read_either(kList, kListBefore, list)) return GoStage::kUnreadable;
    if (!packages.read(object.memory, list.packages, room)) return GoStage::kUnreadable;
  }
  return stage;
}

}  // namespace

bool is_go_program(const ElfFile& file) {
  return file.find_section(".go.buildinfo") || file.find_section(".note.go.buildid") ||
         file.find_section(".gopclntab") || file.find_section(".data.rel.ro.gopclntab");
}

GoStage find_go_counters(const LoadedObject& object, std::span<char> room, GoCounters& found) {
  found = {};
  room = whole_words(room);
  if (!is_go_program(object.file)) return GoStage::kNotGo;
  if (room.size() < Variables::kRoom + 2 * sizeof(Package)) return GoStage::kUnreadable;
  std::optional<Range> range = range_in_module(object, room);
  if (range && range->begin == range->end) return GoStage::kNotCounted;

  const Variables variables(object, room);
  if (!range && variables.has(kCounters) && variables.has(kCountersEnd)) {
    range = {variables.address_of(kCounters), variables.address_of(kCountersEnd)};
    if (range->begin == range->end) return GoStage::kNotCounted;
  }
  if (!set_range(range, found)) return GoStage::kUnreadable;
  if (!variables.are_complete()) return find_without_symbols(object, room, found);
  return find_by_symbols(object, variables, room.subspan(Variables::kRoom), found);
}

std::optional<std::string_view> read_go_folder(const GoCounters& found, const ByteSource& memory,
                                               std::span<char> into) {
  const std::size_t size = found.folder_size;
  if (size == 0 || size > into.size()) return std::nullopt;
  if (!memory.read(found.folder_address, into.first(size))) return std::nullopt;
  if (std::memchr(into.data(), 0, size) != nullptr) return std::nullopt;
  return std::string_view(into.data(), size);
}

GoEnding go_ending_by(const GoCounters& found, const ByteSource& memory, int signal) {
  switch (signal) {
    case SIGKILL:
      return GoEnding::kEnds;
    case SIGHUP:
    case SIGINT:
    case SIGQUIT:
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGSEGV:
    case SIGTERM:
    case SIGSTKFLT:
    case SIGSYS:
      break;
    default:
      return GoEnding::kGoesOn;
  }
  /// The same in all versions. A word holds 32 signals.
  struct {
    std::uint64_t note;
    std::uint32_t mask[3];
    std::uint32_t wanted[3];
    std::uint32_t ignored[3];
  } state;
  if (found.signals_address == 0 || !memory.read(found.signals_address, state)) {
    return GoEnding::kUnknown;
  }
  const auto is_set = [signal](std::uint32_t word) { return (word >> signal & 1U) != 0; };
  const bool is_received = is_set(state.wanted[0]) || is_set(state.ignored[0]);
  return is_received ? GoEnding::kGoesOn : GoEnding::kEnds;
}

}  // namespace covenv
