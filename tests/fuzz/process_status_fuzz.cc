// SPDX-License-Identifier: MIT
// Bytes as the texts of /proc. The result must not depend on how a text is split.
#include <algorithm>
#include <memory>
#include <span>
#include <string_view>

#include "fuzz.h"
#include "shim/core/process_status.h"

namespace {

bool is_same(const covenv::ProcessStatusParser& a, const covenv::ProcessStatusParser& b) {
  return a.complete() == b.complete() && a.status().state == b.status().state &&
         a.status().group_leader == b.status().group_leader &&
         a.status().parent == b.status().parent && a.status().tracer == b.status().tracer &&
         a.status().threads == b.status().threads && a.status().blocked == b.status().blocked &&
         a.status().ignored == b.status().ignored && a.status().caught == b.status().caught;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece_size = 1 + data[0];
  // A block of exactly this size: the first byte read beyond is an error.
  const std::size_t text_size = size - 1;
  const auto text = std::make_unique<char[]>(text_size);
  for (std::size_t i = 0; i < text_size; ++i) text[i] = static_cast<char>(data[i + 1]);
  const std::span<const char> whole(text.get(), text_size);

  covenv::ProcessStatusParser at_once;
  at_once.feed(whole);
  covenv::ProcessStatusParser in_pieces;
  for (std::size_t at = 0; at < text_size; at += piece_size) {
    in_pieces.feed(whole.subspan(at, std::min(piece_size, text_size - at)));
  }
  require(is_same(at_once, in_pieces), "pieces make the same status as the whole");

  covenv::ProcessStat stat;
  if (covenv::parse_process_stat({text.get(), text_size}, stat)) {
    require(stat.state != ' ', "a stat that is accepted has a state");
  }
  covenv::is_endless_futex_wait({text.get(), text_size});
  covenv::awaited_signals({text.get(), text_size});
  return 0;
}
