<?php
// SPDX-License-Identifier: MIT

function work(int $amount): int
{
    $total = 0;
    for ($i = 0; $i < $amount; $i++) {
        if ($i % 2) {
            $total += $i;
        } else {
            $total += 1;
        }
    }
    return $total;
}

function never_called(): int
{
    return 1;
}
