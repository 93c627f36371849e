// Counts of subscribers kept by worker, so that what a worker counted that is
// gone can be forgotten. Each word is written by its own worker only.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace onair::slot {

using AudienceWords = std::span<std::atomic<uint32_t>>;

// No-op for a worker without a place in the roster.
void count_in(AudienceWords words, size_t worker, int change);
uint32_t sum_of(AudienceWords words);

}  // namespace onair::slot
