# SPDX-License-Identifier: MIT
# frozen_string_literal: true

require "socket"
require_relative "price"

server = TCPServer.new("127.0.0.1", 0)
$stdout.puts server.addr[1]
$stdout.flush
loop do
  client = server.accept
  client.puts price(Integer(client.gets))
  client.close
end
