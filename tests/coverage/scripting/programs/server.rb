# SPDX-License-Identifier: MIT
# Answers each amount, waits in the way that a word names, and ends in the way that a word names.
require_relative 'work'

Signal.trap('URG') { puts 'urgent' } if ARGV.include?('trap')
at_exit { puts 'at_exit has run' }
$stdout.sync = true
puts 'ready'
while (line = gets)
  case word = line.strip
  when 'exit' then exit 3
  when '_exit' then exit! 3
  when 'kill self' then Process.kill :KILL, Process.pid
  when 'exec' then exec '/bin/true'
  when 'busy' then work(1000) while true
  when 'threads'
    3.times { Thread.new { loop { work(100) } } }
    puts 1
  when 'births' # of threads, so that many a thread has no line of Ruby yet
    puts 1
    loop { 8.times.map { Thread.new { work(1) } }.each(&:join) }
  when 'accept'
    require 'socket'
    puts 1
    TCPServer.new('127.0.0.1', 0).accept
  when 'sleep'
    puts 1
    sleep
  when 'join'
    puts 1
    Thread.new { sleep }.join
  when 'system'
    puts 1
    system 'exec sleep 5 >/dev/null 2>&1'
  when 'fork' # a worker takes over; the first process waits for it, and ends as it did
    reader, writer = IO.pipe
    worker = fork do
      SimpleCov.at_fork.call(Process.pid)
      writer.puts work(5)
      sleep
    end
    reader.gets
    Process.kill :KILL, worker
    Process.wait worker
    puts $?.termsig
  else puts work(word.to_i)
  end
end
