// SPDX-License-Identifier: MIT
// What is evaluated to write PHP's coverage.
#pragma once

#include <string_view>

namespace covenv::php {

// The values of kWriter's function.
constexpr long kNothingToWrite = 0;  ///< measures nothing, or has written by itself
constexpr long kWritten = 1;
constexpr long kNoOwnFunction = 2;  ///< measures, and no shutdown function is the coverage's alone

/// A function. It is called with each registered closure, and then without argument to write.
/// currentId is set while a CodeCoverage runs, from php-code-coverage 4 on.
constexpr std::string_view kWriter = R"php(
static function ($function = null) {
    static $registered = [];
    if ($function !== null) {
        $registered[] = $function;
        return 0;
    }
    $class = 'SebastianBergmann\CodeCoverage\CodeCoverage';
    $own = null;
    if (\class_exists($class, false) && \property_exists($class, 'currentId')) {
        $running = new \ReflectionProperty($class, 'currentId');
        $prepended = \stream_resolve_include_path((string) \ini_get('auto_prepend_file'));
        foreach ($registered as $one) {
            if (!$one instanceof \Closure) {
                continue;
            }
            $about = new \ReflectionFunction($one);
            if ($about->getFileName() !== $prepended) {
                continue;
            }
            foreach ([$about->getClosureThis(), ...\array_values($about->getStaticVariables())] as $held) {
                if ($held instanceof $class && $running->getValue($held) !== null) {
                    $own = $one;
                }
            }
        }
    }
    if ($own === null) {
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
    \ob_start(static fn () => '');
    \set_error_handler(static fn () => true);
    try {
        $own();
    } catch (\Throwable) {
        return 3;
    }
    return 1;
}
)php";

}  // namespace covenv::php
