# SPDX-License-Identifier: MIT
# What a Ruby program sees of the handlers of signals, and whether its own handler of SIGURG works.
Signal.list.each_key do |name|
  was = Signal.trap(name, 'DEFAULT')
  puts "#{name} #{was.inspect}"
rescue ArgumentError, SystemCallError => e
  puts "#{name} #{e.message}"
end
seen = 0
Signal.trap('URG') { seen += 1 }
Process.kill('URG', Process.pid)
sleep 0.001 while seen.zero?
puts seen, Signal.trap('URG', 'IGNORE').class
