// SPDX-License-Identifier: MIT
// The /proc texts of a Python server with coverage, as Linux 6.1 writes them.
#pragma once

namespace covenv::testing {

inline constexpr const char* kPythonStatus =
    "Name:\tpython3\n"
    "Umask:\t0022\n"
    "State:\tS (sleeping)\n"
    "Tgid:\t4242\n"
    "Ngid:\t0\n"
    "Pid:\t4242\n"
    "PPid:\t4200\n"
    "TracerPid:\t0\n"
    "Uid:\t1000\t1000\t1000\t1000\n"
    "Gid:\t1000\t1000\t1000\t1000\n"
    "FDSize:\t64\n"
    "Groups:\t4 24 27 1000 \n"
    "NStgid:\t4242\n"
    "NSpid:\t4242\n"
    "NSpgid:\t4242\n"
    "NSsid:\t4100\n"
    "VmPeak:\t   98304 kB\n"
    "VmSize:\t   98304 kB\n"
    "VmRSS:\t   30208 kB\n"
    "VmExe:\t    2928 kB\n"
    "VmLib:\t    8072 kB\n"
    "Threads:\t2\n"
    "SigQ:\t0/62000\n"
    "SigPnd:\t0000000000000000\n"
    "ShdPnd:\t0000000000000000\n"
    "SigBlk:\t0000000000000000\n"
    "SigIgn:\t0000000001001000\n"
    "SigCgt:\t0500000000004002\n"
    "CapInh:\t0000000000000000\n"
    "CapEff:\t0000000000000000\n"
    "NoNewPrivs:\t0\n"
    "Seccomp:\t0\n"
    "Cpus_allowed:\t3\n"
    "Mems_allowed:\t00000000,00000001\n"
    "voluntary_ctxt_switches:\t77\n"
    "nonvoluntary_ctxt_switches:\t12\n";

inline constexpr const char* kPythonStat =
    "4242 (python3) S 4200 4242 4100 34816 4242 4194304 4310 0 0 0 17 4 0 0 20 0 2 0 123456789 "
    "100663296 7552 18446744073709551615 1 1 0 0 0 0 0 16781312 16386 0 0 0 17 1 0 0 0 0 0 0 0 0 0 "
    "0 "
    "0 0 0\n";

inline constexpr const char* kPidfdInfo =
    "pos:\t0\nflags:\t02000002\nmnt_id:\t15\nino:\t1070\nPid:\t4242\nNSpid:\t4242\n";

}  // namespace covenv::testing
