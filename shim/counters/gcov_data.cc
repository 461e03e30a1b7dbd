// SPDX-License-Identifier: MIT
#include "shim/counters/gcov_data.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>

#include "shim/counters/gcov_layout.h"

namespace covenv {
namespace {

constexpr std::size_t kCounter = 8;

/// Contents that are read as the runtimes read a file: behind the end are zeros.
class OldContents {
 public:
  explicit OldContents(std::span<const char> bytes) : bytes_(bytes) {}

  std::uint32_t word() {
    const char* const bytes = take(4);
    return bytes != nullptr ? load<std::uint32_t>(bytes) : 0;
  }

  std::uint64_t counter() {
    const char* const bytes = take(kCounter);
    return bytes != nullptr ? load<std::uint64_t>(bytes) : 0;
  }

  /// Whether more was read than there is.
  bool is_overread() const { return is_overread_; }
  std::size_t left() const { return bytes_.size() - at_; }

 private:
  const char* take(std::size_t size) {
    if (left() < size) {
      is_overread_ = true;
      at_ = bytes_.size();
      return nullptr;
    }
    const char* const bytes = bytes_.data() + at_;
    at_ += size;
    return bytes;
  }

  std::span<const char> bytes_;
  std::size_t at_ = 0;
  bool is_overread_ = false;
};

class NewContents {
 public:
  explicit NewContents(std::span<char> room) : room_(room) {}

  void words(std::initializer_list<std::uint32_t> values) {
    for (const std::uint32_t value : values) bytes({reinterpret_cast<const char*>(&value), 4});
  }

  void bytes(std::span<const char> values) {
    char* const place = take(values.size());
    if (place != nullptr) std::memcpy(place, values.data(), values.size());
  }

  /// Room for bytes that the caller writes. Null if there is none.
  char* take(std::size_t size) {
    if (is_full_ || size > room_.size() - at_) {
      is_full_ = true;
      return nullptr;
    }
    char* const place = room_.data() + at_;
    at_ += size;
    return place;
  }

  std::size_t size() const { return at_; }
  void shrink(std::size_t size) { at_ = size; }
  bool is_full() const { return is_full_; }

 private:
  std::span<char> room_;
  std::size_t at_ = 0;
  bool is_full_ = false;
};

struct Summary {
  std::uint32_t runs = 0;
  std::uint32_t sum_max = 0;
};

/// One file of gcc's. libgcov reads the old contents as a whole, then writes; here both go on side
/// by side, because nothing is kept if the old contents do not fit.
class GccData {
 public:
  GccData(GcovProgram& program, const GcovUnit& unit, const GcovLayout& layout,
          std::span<const char> old, std::span<char> contents)
      : program_(program), unit_(unit), layout_(layout), old_(old), new_(contents) {}

  GcovOutcome make(const GcovRun& run);
  std::size_t size() const { return new_.size(); }

 private:
  GcovOutcome read_head(Summary& summary);
  void write_head(const Summary& summary);
  GcovOutcome make_function(std::uint32_t index);
  bool read_function_head(bool& is_in_file);
  GcovOutcome make_own_function(const GcovFunction& function, bool is_in_file);
  GcovOutcome make_counters(const GcovCounters& counters, std::uint32_t kind, bool is_in_file);
  bool read_counters_head(std::uint32_t kind, std::uint32_t count, bool& has_values);
  bool copy_function();
  bool copy_counters(std::uint32_t kind);
  /// Merges the next old counters, if there are any, into new ones. False if the sums are all 0.
  bool merge(std::span<char> counters, std::uint32_t kind, bool has_values);

  std::uint32_t function_length() const { return 3 * layout_.word_length; }
  std::uint32_t counters_length(std::uint32_t count) const {
    return count * 2 * layout_.word_length;
  }
  static std::uint32_t tag_of(std::uint32_t kind) {
    return kGcovCountersTag + kind * kGcovKindStep;
  }

  GcovProgram& program_;
  const GcovUnit& unit_;
  GcovLayout layout_;
  OldContents old_;
  NewContents new_;
  bool merges_ = false;
};

GcovOutcome GccData::make(const GcovRun& run) {
  Summary summary;
  const GcovOutcome head = read_head(summary);
  if (head != GcovOutcome::kMade) return head;
  if (!run.is_run_counted) {
    ++summary.runs;
    summary.sum_max += static_cast<std::uint32_t>(run.run_max);
  }
  write_head(summary);
  for (std::uint32_t i = 0; i < unit_.functions_count; ++i) {
    const GcovOutcome outcome = make_function(i);
    if (outcome != GcovOutcome::kMade) return outcome;
    if (new_.is_full()) return GcovOutcome::kNoRoom;
  }
  if (merges_ && old_.word() != 0) return GcovOutcome::kMismatch;
  new_.words({0});
  return new_.is_full() ? GcovOutcome::kNoRoom : GcovOutcome::kMade;
}

GcovOutcome GccData::read_head(Summary& summary) {
  const std::uint32_t magic = old_.word();
  if (magic == 0) return GcovOutcome::kMade;
  if (magic != kGcovMagic) return GcovOutcome::kForeignFile;
  if (old_.word() != unit_.version) return GcovOutcome::kOtherVersion;
  const std::uint32_t stamp = old_.word();
  // A file of another compilation is overwritten.
  if ((layout_.has_checksum ? old_.word() : stamp) !=
      (layout_.has_checksum ? unit_.checksum : unit_.stamp)) {
    return GcovOutcome::kMade;
  }
  // libgcov aborts if the summary has no length, and looks at no other.
  if (old_.word() != kGcovObjectSummaryTag || old_.word() == 0) return GcovOutcome::kMismatch;
  summary.runs = old_.word();
  summary.sum_max = old_.word();
  merges_ = true;
  return GcovOutcome::kMade;
}

void GccData::write_head(const Summary& summary) {
  new_.words({kGcovMagic, unit_.version, unit_.stamp});
  if (layout_.has_checksum) new_.words({unit_.checksum});
  new_.words({kGcovObjectSummaryTag, 2 * layout_.word_length, summary.runs, summary.sum_max});
}

GcovOutcome GccData::make_function(std::uint32_t index) {
  GcovFunction function;
  if (!program_.read_function(unit_, index, function)) return GcovOutcome::kUnreadable;
  bool is_in_file = false;
  if (merges_ && !read_function_head(is_in_file)) return GcovOutcome::kMismatch;
  if (function.is_own) return make_own_function(function, is_in_file);
  if (!is_in_file) {
    new_.words({kGcovFunctionTag, 0});
    return GcovOutcome::kMade;
  }
  return copy_function() ? GcovOutcome::kMade : GcovOutcome::kMismatch;
}

bool GccData::read_function_head(bool& is_in_file) {
  if (old_.word() != kGcovFunctionTag) return false;
  const std::uint32_t length = old_.word();
  is_in_file = length != 0;
  return !is_in_file || length == function_length();
}

GcovOutcome GccData::make_own_function(const GcovFunction& function, bool is_in_file) {
  if (is_in_file && (old_.word() != function.ident || old_.word() != function.lineno_checksum ||
                     old_.word() != function.cfg_checksum)) {
    return GcovOutcome::kMismatch;
  }
  new_.words({kGcovFunctionTag, function_length(), function.ident, function.lineno_checksum,
              function.cfg_checksum});
  std::uint32_t next = 0;
  for (std::uint32_t kind = 0; kind < layout_.kinds; ++kind) {
    if ((unit_.kinds >> kind & 1U) == 0) continue;
    const GcovOutcome outcome = make_counters(function.counters[next++], kind, is_in_file);
    if (outcome != GcovOutcome::kMade) return outcome;
  }
  const bool is_refused = is_in_file && layout_.refuses_cut_file && old_.is_overread();
  return is_refused ? GcovOutcome::kMismatch : GcovOutcome::kMade;
}

GcovOutcome GccData::make_counters(const GcovCounters& counters, std::uint32_t kind,
                                   bool is_in_file) {
  bool has_values = false;
  if (is_in_file && !read_counters_head(kind, counters.count, has_values)) {
    return GcovOutcome::kMismatch;
  }
  const std::size_t head_at = new_.size();
  new_.words({tag_of(kind), counters_length(counters.count)});
  bool is_zero = true;
  for (std::uint32_t first = 0; first < counters.count;) {
    const std::span<const char> values = program_.read_counters(counters, first);
    if (values.empty()) return GcovOutcome::kUnreadable;
    char* const place = new_.take(values.size());
    if (place == nullptr) return GcovOutcome::kNoRoom;
    std::memcpy(place, values.data(), values.size());
    if (merge({place, values.size()}, kind, has_values)) is_zero = false;
    first += static_cast<std::uint32_t>(values.size() / kCounter);
  }
  if (is_zero) {
    new_.shrink(head_at);
    new_.words({tag_of(kind), 0 - counters_length(counters.count)});
  }
  return GcovOutcome::kMade;
}

bool GccData::read_counters_head(std::uint32_t kind, std::uint32_t count, bool& has_values) {
  if (old_.word() != tag_of(kind)) return false;
  const std::uint32_t length = old_.word();
  const std::uint32_t wanted = counters_length(count);
  // Counters that are all zero have the negative length, and are not in the file.
  has_values = length == wanted && count != 0;
  return length == wanted || length == 0 - wanted;
}

bool GccData::merge(std::span<char> counters, std::uint32_t kind, bool has_values) {
  std::uint64_t all = 0;
  for (std::size_t at = 0; at < counters.size(); at += kCounter) {
    std::uint64_t value = load<std::uint64_t>(&counters[at]);
    if (has_values) {
      const std::uint64_t old = old_.counter();
      value = kind == kGcovArcs ? value + old : value | old;
      std::memcpy(&counters[at], &value, kCounter);
    }
    all |= value;
  }
  return all != 0;
}

/// A function that another program has counted in this file, while this one has another unit's
/// copy.
bool GccData::copy_function() {
  const std::uint32_t ident = old_.word();
  const std::uint32_t lineno_checksum = old_.word();
  new_.words({kGcovFunctionTag, function_length(), ident, lineno_checksum, old_.word()});
  for (std::uint32_t kind = 0; kind < layout_.kinds; ++kind) {
    if ((unit_.kinds >> kind & 1U) != 0 && !copy_counters(kind)) return false;
  }
  return true;
}

bool GccData::copy_counters(std::uint32_t kind) {
  if (old_.word() != tag_of(kind)) return false;
  std::uint32_t length = old_.word();
  // libgcov takes a negative length for one of 4 GiB, and then refuses the file.
  const bool has_values = length < 0x80000000U;
  if (!has_values) length = 0 - length;
  const std::uint32_t count = length / (2 * layout_.word_length);
  if (has_values && count > old_.left() / kCounter) return false;
  const std::size_t head_at = new_.size();
  new_.words({tag_of(kind), counters_length(count)});
  std::uint64_t all = 0;
  for (std::uint32_t i = 0; has_values && i < count && !new_.is_full(); ++i) {
    const std::uint64_t value = old_.counter();
    new_.bytes({reinterpret_cast<const char*>(&value), kCounter});
    all |= value;
  }
  if (all == 0) {
    new_.shrink(head_at);
    new_.words({tag_of(kind), 0 - counters_length(count)});
  }
  return true;
}

/// One file of clang's. Its runtime maps a file that has contents, and changes these in place:
/// behind the end are zeros, and what would be written there is lost.
class ClangData {
 public:
  ClangData(GcovProgram& program, const GcovUnit& unit, std::span<char> contents,
            std::size_t old_size)
      : program_(program),
        unit_(unit),
        contents_(old_size != 0 ? contents.first(old_size) : contents),
        is_new_(old_size == 0) {}

  GcovOutcome make(GcovRun& run);
  std::size_t size() const { return is_new_ ? at_ : contents_.size(); }

 private:
  /// What a new file's words read as.
  static constexpr std::uint32_t kNone = 0xffffffffU;

  GcovOutcome make_counters(const GcovCounters& counters);
  GcovOutcome make_summary(GcovRun& run);

  bool fits(std::size_t at, std::size_t size) const {
    return at <= contents_.size() && size <= contents_.size() - at;
  }
  std::uint32_t old_word(std::size_t at) const {
    if (is_new_) return kNone;
    return fits(at, 4) ? load<std::uint32_t>(&contents_[at]) : 0;
  }
  void word(std::uint32_t value) {
    if (fits(at_, 4)) std::memcpy(&contents_[at_], &value, 4);
    at_ += 4;
  }
  void words(std::initializer_list<std::uint32_t> values) {
    for (const std::uint32_t value : values) word(value);
  }
  void counter(std::uint64_t value) {
    words({static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32U)});
  }
  std::uint64_t old_counter() const {
    return old_word(at_) | std::uint64_t{old_word(at_ + 4)} << 32U;
  }
  bool has_no_room() const { return is_new_ && at_ > contents_.size(); }

  GcovProgram& program_;
  const GcovUnit& unit_;
  std::span<char> contents_;
  std::size_t at_ = 0;
  bool is_new_;
};

GcovOutcome ClangData::make(GcovRun& run) {
  words({kGcovMagic, unit_.version, unit_.stamp});
  for (std::uint32_t i = 0; i < unit_.functions_count; ++i) {
    GcovFunction function;
    if (!program_.read_function(unit_, i, function)) return GcovOutcome::kUnreadable;
    words({kGcovFunctionTag, 3, function.ident, function.lineno_checksum, function.cfg_checksum});
    const GcovOutcome outcome = make_counters(function.counters[0]);
    if (outcome != GcovOutcome::kMade) return outcome;
    if (has_no_room()) return GcovOutcome::kNoRoom;
  }
  const GcovOutcome outcome = make_summary(run);
  if (outcome != GcovOutcome::kMade) return outcome;
  words({0, 0});
  if (has_no_room()) return GcovOutcome::kNoRoom;
  run.is_run_counted = true;
  return GcovOutcome::kMade;
}

GcovOutcome ClangData::make_counters(const GcovCounters& counters) {
  const std::uint32_t tag = old_word(at_);
  const bool has_values = tag != kNone;
  if (has_values && (tag != kGcovCountersTag || old_word(at_ + 4) / 2 != counters.count)) {
    return GcovOutcome::kMismatch;
  }
  words({kGcovCountersTag, counters.count * 2});
  for (std::uint32_t first = 0; first < counters.count;) {
    const std::span<const char> values = program_.read_counters(counters, first);
    if (values.empty()) return GcovOutcome::kUnreadable;
    if (has_no_room()) return GcovOutcome::kNoRoom;
    for (std::size_t at = 0; at < values.size(); at += kCounter) {
      counter(load<std::uint64_t>(&values[at]) + (has_values ? old_counter() : 0));
    }
    first += static_cast<std::uint32_t>(values.size() / kCounter);
  }
  return GcovOutcome::kMade;
}

GcovOutcome ClangData::make_summary(GcovRun& run) {
  // What parse_clang_unit() has accepted has a version.
  const bool is_old_form = clang_gcov_version_of(unit_.version).value_or(0) < 90;
  const std::uint32_t wanted = is_old_form ? kGcovProgramSummaryTag : kGcovObjectSummaryTag;
  const std::uint32_t tag = old_word(at_);
  std::uint32_t runs = 1;
  if (tag != kNone) {
    if (tag != wanted) return GcovOutcome::kMismatch;
    runs = old_word(at_ + (is_old_form ? 16 : 8)) + (run.is_run_counted ? 0 : 1);
  }
  if (is_old_form) {
    words({wanted, 3, 0, 0, runs});
  } else {
    words({wanted, 2, runs, 0});
  }
  return GcovOutcome::kMade;
}

GcovData make_gcc_data(GcovProgram& program, const GcovUnit& unit, const GcovRun& run,
                       std::span<const char> old, std::span<char> contents) {
  const std::optional<GcovLayout> layout = gcov_layout_of(unit.version);
  const bool is_coverage = (unit.kinds & ~kGcovCoverageKinds) == 0;
  const std::uint32_t kinds = gcov_kinds_count(unit.kinds);
  if (!layout || !is_coverage || kinds > kMostGcovCoverageKinds) {
    return {.outcome = GcovOutcome::kUnsupported};
  }
  GccData data(program, unit, *layout, old, contents);
  const GcovOutcome outcome = data.make(run);
  if (outcome != GcovOutcome::kMade) return {.outcome = outcome};
  const std::size_t size = std::max(data.size(), old.size());
  if (size > contents.size()) return {.outcome = GcovOutcome::kNoRoom};
  if (size > data.size()) {
    std::memcpy(&contents[data.size()], &old[data.size()], size - data.size());
  }
  return {.outcome = GcovOutcome::kMade, .size = size};
}

GcovData make_clang_data(GcovProgram& program, const GcovUnit& unit, GcovRun& run,
                         std::span<const char> old, std::span<char> contents) {
  if (old.size() > contents.size()) return {.outcome = GcovOutcome::kNoRoom};
  if (!old.empty()) std::memcpy(contents.data(), old.data(), old.size());
  ClangData data(program, unit, contents, old.size());
  const GcovOutcome outcome = data.make(run);
  if (outcome != GcovOutcome::kMade) return {.outcome = outcome};
  return {.outcome = GcovOutcome::kMade, .size = data.size()};
}

}  // namespace

GcovData make_gcov_data(GcovProgram& program, const GcovUnit& unit, GcovRun& run,
                        std::span<const char> old, std::span<char> contents) {
  return program.maker() == GcovMaker::kGcc ? make_gcc_data(program, unit, run, old, contents)
                                            : make_clang_data(program, unit, run, old, contents);
}

}  // namespace covenv
