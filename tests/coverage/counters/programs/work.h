// SPDX-License-Identifier: MIT
// What the servers count: every line and branch of it has a count that tells how often it ran.
#pragma once

int work(int amount);
