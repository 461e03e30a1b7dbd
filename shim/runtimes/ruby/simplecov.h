// SPDX-License-Identifier: MIT
// What is evaluated to store SimpleCov's result.
#pragma once

namespace covenv::ruby {

// The values of kStoreResult, as Ruby's integers.
constexpr unsigned long kNothingToStore = 0;  ///< as at a normal end of this process
constexpr unsigned long kStored = 1;
constexpr unsigned long kNoFileToStoreIn = 2;  ///< plain Coverage, or SimpleCov without merging

/// Stores what SimpleCov's at_exit would store, without its formatter, and leaves SimpleCov as it
/// was. Under a name of its own, as SimpleCov does for forked processes, because a second result of
/// the same name replaces the first one. By a rename, because a process that is killed while it
/// writes would spoil the results of all others; owner and mode stay those of the file, or are the
/// folder's. SimpleCov's lock is waited for at most a second. Nothing is said on stderr. Other
/// threads stop at their next line meanwhile, because each write gives the GVL away. In a lambda
/// with variables of its own, because the binding has the program's.
constexpr const char* kStoreResult = R"ruby(
->(;own, stopped, others, taken, result, name, merger, path, all, kept, written, until_, loud, lock) {
if !defined?(::SimpleCov) || !::SimpleCov.respond_to?(:running)
  2
elsif !::SimpleCov.running || (::SimpleCov.respond_to?(:pid) && ::SimpleCov.pid != ::Process.pid)
  0
elsif !::SimpleCov.use_merging
  2
else
  own = ::Thread.current
  stopped = []
  others = ::TracePoint.new(:line) do
    unless ::Thread.current.equal?(own)
      stopped << ::Thread.current
      sleep
    end
  end
  loud = $stderr
  begin
    $stderr = ::File.open(::File::NULL, 'w')
    others.enable if ::Thread.list.size > 1
    taken = ::SimpleCov::ResultAdapter.call(::Coverage.peek_result)
    ::SimpleCov.instance_variable_set(:@result, taken)
    ::SimpleCov.send(:remove_useless_results)
    result = ::SimpleCov.send(:result_with_not_loaded_files)
    ::SimpleCov.clear_result
    name = ::SimpleCov.command_name
    unless name.include?(::Process.pid.to_s)
      name = "#{name} (subprocess: #{::Process.pid} #{::Process.clock_gettime(::Process::CLOCK_MONOTONIC, :nanosecond)})"
    end
    result.command_name = name
    merger = ::SimpleCov::ResultMerger
    path = merger.resultset_path
    path = ::File.realpath(path) if ::File.exist?(path)
    kept = ::File.stat(::File.exist?(path) ? path : ::File.dirname(path))
    lock = ::File.open(merger.resultset_writelock, ::File::RDWR | ::File::CREAT)
    until_ = ::Process.clock_gettime(::Process::CLOCK_MONOTONIC) + 1
    until lock.flock(::File::LOCK_EX | ::File::LOCK_NB)
      raise 'locked' if ::Process.clock_gettime(::Process::CLOCK_MONOTONIC) > until_
      sleep 0.005
    end
    lock.chown(kept.uid, kept.gid) if ::Process.euid == 0
    merger.instance_variable_set(:@resultset_locked, true)
    all = merger.read_resultset
    all.merge!(result.to_hash)
    written = "#{path}.#{::Process.pid}"
    ::File.write(written, ::JSON.pretty_generate(all))
    ::File.chmod(kept.mode & 0666, written)
    ::File.chown(kept.uid, kept.gid, written) if ::Process.euid == 0
    ::File.rename(written, path)
  ensure
    ::SimpleCov::ResultMerger.instance_variable_set(:@resultset_locked, false)
    lock.close if lock
    $stderr = loud
    others.disable
    stopped.each(&:wakeup)
  end
  1
end
}.call
)ruby";

}  // namespace covenv::ruby
