// SPDX-License-Identifier: MIT
// What every start of a program touches lies together, in the page that the loader writes to anyway
// (layout.ld): each further page costs a fault, which is more than all that we do at a start.
#pragma once

/// For a static variable that the constructor or the first exec writes or reads.
#define COVENV_EARLY [[gnu::section(".covenv.early")]]
