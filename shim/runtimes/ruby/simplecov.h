// SPDX-License-Identifier: MIT
// What is evaluated to store SimpleCov's result.
#pragma once

namespace covenv::ruby {

// The values of kStoreResult, as Ruby's integers.
constexpr unsigned long kNothingToStore = 0;  ///< as at a normal end of this process
constexpr unsigned long kStored = 1;
constexpr unsigned long kNoFileToStoreIn = 2;  ///< plain Coverage, or SimpleCov without merging

/// Stores what SimpleCov's at_exit would store, without its formatter, and leaves SimpleCov as it
/// was, because an exec may fail. Under a name of its own, as SimpleCov does for forked processes,
/// because a second result of the same name replaces the first one. By a rename, because a process
/// that is killed while it writes would spoil the results of all others. Other threads stop at
/// their next line meanwhile, because each write gives the GVL away. In a lambda
/// with variables of its own, because the binding has the program's.
constexpr const char* kStoreResult = R"ruby(
->(;own, stopped, others, taken, result, name, merger, all, oldest, written) {
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
  begin
    others.enable if ::Thread.list.size > 1
    taken = ::SimpleCov::ResultAdapter.call(::Coverage.peek_result)
    ::SimpleCov.instance_variable_set(:@result, taken)
    ::SimpleCov.send(:remove_useless_results)
    result = ::SimpleCov.send(:result_with_not_loaded_files)
    ::SimpleCov.clear_result
    name = ::SimpleCov.command_name
    name = "#{name} (subprocess: #{::Process.pid})" unless name.include?(::Process.pid.to_s)
    result.command_name = name
    merger = ::SimpleCov::ResultMerger
    merger.synchronize_resultset do
      all = merger.read_resultset
      oldest = ::Time.now.to_i - ::SimpleCov.merge_timeout
      all.reject! { |its, data| its.include?("(subprocess: ") && data["timestamp"].to_i < oldest }
      all.merge!(result.to_hash)
      written = "#{merger.resultset_path}.#{::Process.pid}"
      ::File.write(written, ::JSON.pretty_generate(all))
      ::File.rename(written, merger.resultset_path)
    end
  ensure
    others.disable
    stopped.each(&:wakeup)
  end
  1
end
}.call
)ruby";

}  // namespace covenv::ruby
