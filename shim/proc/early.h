// SPDX-License-Identifier: MIT
// Puts variables that each start touches into the page that the loader writes to anyway
// (layout.ld), because a fault on one more page costs more than all that we do at a start.
#pragma once

/// For a static variable that the constructor or the first exec writes or reads.
#define COVENV_EARLY [[gnu::section(".covenv.early")]]
