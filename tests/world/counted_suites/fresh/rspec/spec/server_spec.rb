# SPDX-License-Identifier: MIT
# frozen_string_literal: true

require "socket"

RSpec.describe "the server" do
  it "adds up" do
    output, input = IO.pipe
    options = "#{ENV.fetch('RUBYOPT', '')} -r./.simplecov_spawn"
    server = Process.spawn({ "RUBYOPT" => options }, "ruby", "lib/server.rb", out: input)
    client = TCPSocket.new("127.0.0.1", Integer(output.gets))
    client.puts 4
    expect(client.gets).to eq("6\n")
    Process.kill(:KILL, server)
    _, status = Process.wait2(server)
    expect(status.termsig).to eq(9)
  end
end
