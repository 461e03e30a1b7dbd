// SPDX-License-Identifier: MIT
#include "wrapper/covenv/session/runtime_words.h"

namespace covenv {
namespace {

constexpr RuntimeWords kPython = {
    .failed = "coverage raised an exception",
    .failed_fix = "see that this user may write coverage's data file, and that its disk has room",
    .busy_name = "gil-held",
    .busy = "until the grace was over nothing in it gave the GIL back",
    .busy_fix =
        "have the C extension or ctypes.PyDLL call that waits give it back (ctypes.CDLL does), or "
        "set COVENV_GRACE to more",
    .left = "it ended before its interpreter had shut down, and coverage had not saved",
    .leave = "leave by sys.exit() or os._exit()",
};

constexpr RuntimeWords kNode = {
    .failed = "no file of its coverage could be written, or a worker thread did not come to save",
    .failed_fix =
        "see that this user may write into the folder of NODE_V8_COVERAGE (nyc: its temp-dir), and "
        "that its disk has room",
    .busy_name = "runtime-busy",
    .busy = "until the grace was over C++ code, or a debugger, kept JavaScript from running",
    .busy_fix =
        "use the asynchronous form of the call that computes (crypto.pbkdf2(), not "
        "crypto.pbkdf2Sync()), or set COVENV_GRACE to more",
    .left = "it ended before Node had written its coverage",
    .abort_fix =
        "fix the crash; if it was process.abort() in a Node without symbols (`strip`), have it "
        "leave "
        "by process.exit()",
    .leave = "leave by process.exit()",
};

constexpr RuntimeWords kJvm = {
    .failed =
        "JaCoCo's dump() threw an exception, or the other tool's shutdown hook did, or the threads "
        "of its JVM could not be looked at",
    .failed_fix =
        "see that this user may write the tool's file (JaCoCo: destfile), and that its disk has "
        "room",
    .busy_name = "runtime-busy",
    .busy = "until the grace was over its JVM let no other thread run Java code",
    .busy_fix =
        "see what keeps the JVM from a safepoint (a collection, a dump of the heap), or set "
        "COVENV_GRACE to more",
    .no_file = "JaCoCo keeps its data for a client: what the client had not fetched is lost",
    .no_file_fix = "fetch the data before the kill, or have the agent write a file (output=file)",
    .left = "it ended before the shutdown hook of JaCoCo, or of the tool that measures, had run",
    .leave = "leave by System.exit() or Runtime.halt()",
};

constexpr RuntimeWords kRuby = {
    .failed = "SimpleCov raised an exception as its result was stored",
    .failed_fix =
        "see that this user may write into SimpleCov's coverage folder, and that its disk has room",
    .busy_name = "runtime-busy",
    .busy = "until the grace was over no Ruby thread came between two instructions",
    .busy_fix =
        "have the C code that computes or waits look at Ruby's interrupts, or set COVENV_GRACE "
        "to more",
    .no_file =
        "its coverage has no file: it ran Ruby's Coverage alone, or SimpleCov with "
        "`use_merging false`",
    .no_file_fix = "measure it by SimpleCov, with merging",
    .left = "it ended before SimpleCov had stored its result",
    .leave = "leave by exit",
};

constexpr RuntimeWords kPerl = {
    .failed = "Devel::Cover died as it wrote its run",
    .failed_fix =
        "see that this user may write into Devel::Cover's database, and that its disk has room",
    .busy_name = "runtime-busy",
    .busy = "until the grace was over its main thread came to no end of an operation",
    .busy_fix =
        "see which operation (crypt, XS code, threads::join) it was in, or set COVENV_GRACE to "
        "more",
    .left = "it ended before Devel::Cover had written its run",
    .leave = "leave by exit",
};

constexpr RuntimeWords kPhp = {
    .failed =
        "the shutdown function that writes its coverage threw an exception, met a fatal error, "
        "wrote nothing, or had too small a stack (fiber.stack_size)",
    .failed_fix =
        "see that this function writes at a normal end, that this user may write there, and that "
        "the disk has room",
    .busy_name = "runtime-busy",
    .busy = "until the grace was over its main thread came to no loop and no call of PHP",
    .busy_fix = "see which function in C it was in, or set COVENV_GRACE to more",
    .no_file =
        "PHP keeps one list of shutdown functions, and none in it is known to be the coverage's",
    .no_file_fix =
        "in the file of auto_prepend_file, register a closure that holds the CodeCoverage object: "
        "register_shutdown_function(function () use ($coverage) {...})",
    .left = "it ended before its shutdown functions had run",
    .leave = "leave by exit",
};

}  // namespace

const RuntimeWords& words_of(RuntimeKind runtime) {
  switch (runtime) {
    case RuntimeKind::kNode:
      return kNode;
    case RuntimeKind::kJvm:
      return kJvm;
    case RuntimeKind::kRuby:
      return kRuby;
    case RuntimeKind::kPerl:
      return kPerl;
    case RuntimeKind::kPhp:
      return kPhp;
    case RuntimeKind::kNone:
    case RuntimeKind::kPython:
      break;
  }
  return kPython;
}

}  // namespace covenv
