# SPDX-License-Identifier: MIT
pid = spawn({ "OTHER" => "1" }, *ARGV, unsetenv_others: true)
exit Process.wait2(pid)[1].exitstatus
