// SPDX-License-Identifier: MIT
const [program, ...rest] = process.argv.slice(2);
const options = { env: { OTHER: "1" }, stdio: "inherit" };
process.exit(require("child_process").spawnSync(program, rest, options).status);
