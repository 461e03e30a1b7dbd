# SPDX-License-Identifier: MIT
# Programs whose coverage cannot be kept.
require 'coverage' if ARGV.first == 'plain'
Coverage.start if ARGV.first == 'plain'
SimpleCov.use_merging false if ARGV.first == 'unmerged'
SimpleCov.coverage_dir '/proc/nowhere' if ARGV.first == 'unwritable'
require_relative 'work'
work(3)
$stdout.sync = true
if ARGV.first == 'busy' # a lock that nothing gives back, with the GVL
  require 'fiddle'
  address = Fiddle.dlopen(nil)['pthread_mutex_lock']
  lock = Fiddle::Function.new(address, [Fiddle::TYPE_VOIDP], Fiddle::TYPE_INT, need_gvl: true)
  mutex = "\0" * 64
  lock.call(mutex)
  puts 'ready'
  lock.call(mutex)
end
puts 'ready'
$stdin.gets
