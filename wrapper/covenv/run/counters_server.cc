// SPDX-License-Identifier: MIT
#include "wrapper/covenv/run/counters_server.h"

#include "shim/native/keep_counters.h"

namespace covenv {

void CountersServer::start() {
  if (mailbox_ != nullptr) thread_ = std::thread([this] { serve(); });
}

void CountersServer::stop() {
  if (!thread_.joinable()) return;
  stops_ = true;
  mailbox_->ring();
  thread_.join();
}

void CountersServer::serve() {
  while (!stops_) {
    const std::uint32_t rings = mailbox_->rings();
    mailbox_->serve({.context = nullptr, .answer = [](void*, const CountersQuestion& question) {
                       return keep_counters_for_killer(question);
                     }});
    if (!stops_) mailbox_->wait(rings);
  }
}

}  // namespace covenv
