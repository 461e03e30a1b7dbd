// SPDX-License-Identifier: MIT
// What is evaluated to write PHP's coverage.
#pragma once

#include <string_view>

namespace covenv::php {

// The values of kWriter's function.
constexpr long kNothingToWrite = 0;  ///< measures nothing, or has written by itself
constexpr long kWritten = 1;         ///< if a file has grown, too: the CodeCoverage runs no more
constexpr long kNoOwnFunction = 2;   ///< measures, and no shutdown function is the coverage's alone
constexpr long kNotWritten = 3;      ///< told first: the program itself has called the function
constexpr long kFound = 4;           ///< the next call without argument writes
/// PHP itself has called the function, which has not returned. This, plus the closure's place among
/// the registered ones. A function that waits is registered behind all.
constexpr long kIsWriting = 5;

/// A function. It is called with each registered closure; then without argument to look for the
/// coverage's; and then, after kFound, twice: to write, and to tell whether that was done, because
/// an `exit` in the coverage's function ends the call. currentId is set while a CodeCoverage runs,
/// from php-code-coverage 4 on. The auto_prepend_file is among the first two files that PHP
/// includes. The coverage's function has 256 MiB, whatever the program has used. A file that had no
/// room is removed, because a broken one fails each later merge.
constexpr std::string_view kWriter = R"php(
static function ($function = null) {
    static $registered = [], $own = null, $held = null, $isCalled = false, $isDone = false, $broken = [];
    if ($function !== null) {
        $registered[] = $function;
        return 0;
    }
    \set_error_handler(static fn () => true);
    $class = 'SebastianBergmann\CodeCoverage\CodeCoverage';
    if ($isCalled) {
        foreach ($broken as $file) {
            if (\is_file($file) && !\is_link($file)) {
                \unlink($file);
            }
        }
        $id = (new \ReflectionProperty($class, 'currentId'))->getValue($held);
        return $isDone && $broken === [] && $id === null ? 1 : 3;
    }
    if ($own !== null) {
        $isCalled = $isDone = true;
        $limit = (string) \ini_get('memory_limit');
        $units = ['k' => 1 << 10, 'm' => 1 << 20, 'g' => 1 << 30];
        $bytes = (int) $limit * ($units[\strtolower(\substr($limit, -1))] ?? 1);
        if ($bytes > 0 && \function_exists('ini_set')) {
            \ini_set('memory_limit', (string) \max($bytes, \memory_get_usage(true) + (256 << 20)));
        }
        \set_error_handler(static function ($level, $text) use (&$broken) {
            $call = \debug_backtrace()[1] ?? [];
            $isWrite = ($call['function'] ?? '') === 'file_put_contents' && \str_contains($text, ' bytes ');
            if ($isWrite && (($call['args'][2] ?? 0) & \FILE_APPEND) === 0) {
                $broken[] = $call['args'][0];
            }
            return true;
        });
        if (\ob_get_level() === 0) {
            \ob_start(static fn () => '');
        }
        try {
            $own();
        } catch (\Throwable) {
            $isDone = false;
        }
        return 0;
    }
    $candidates = 0;
    if (\class_exists($class, false) && \property_exists($class, 'currentId')) {
        $running = new \ReflectionProperty($class, 'currentId');
        $name = \basename((string) \ini_get('auto_prepend_file'));
        $stack = \debug_backtrace(\DEBUG_BACKTRACE_IGNORE_ARGS);
        foreach ($registered as $index => $one) {
            if (!$one instanceof \Closure) {
                continue;
            }
            $about = new \ReflectionFunction($one);
            $file = (string) $about->getFileName();
            if (\basename($file) !== $name || !\in_array($file, \array_slice(\get_included_files(), 0, 2), true)) {
                continue;
            }
            foreach ([$about->getClosureThis(), ...\array_values($about->getStaticVariables())] as $value) {
                if (!$value instanceof $class) {
                    continue;
                }
                foreach ($stack as $i => $frame) {
                    $line = ($frame['file'] ?? '') === $file ? $frame['line'] : 0;
                    $isIn = $line >= $about->getStartLine() && $line <= $about->getEndLine();
                    if ($isIn && \str_contains($stack[$i + 1]['function'] ?? '', '{closure')) {
                        if (isset($stack[$i + 1]['file'])) {
                            return 3;
                        }
                        \register_shutdown_function(static function () {
                            while (true) {
                                \usleep(1000);
                            }
                        });
                        return 5 + $index;
                    }
                }
                if ($running->getValue($value) !== null) {
                    $candidates += $own === $one ? 0 : 1;
                    [$own, $held] = [$one, $value];
                }
            }
        }
    }
    if ($candidates === 1) {
        return 4;
    }
    if ($candidates > 1) {
        return 2;
    }
    if (\function_exists('xdebug_code_coverage_started') && \xdebug_code_coverage_started()) {
        return 2;
    }
    if (\function_exists('pcov\collect')) {
        foreach (\pcov\collect() as $lines) {
            if (\max([0, ...$lines]) > 0) {
                return 2;
            }
        }
    }
    return 0;
}
)php";

}  // namespace covenv::php
