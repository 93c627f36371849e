// Answers of AzuraCast's API that are about no station.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

namespace onair::azuracast {

// The object with which an error is answered; `code` is the HTTP status.
void write_error(Writer& out, uint32_t code, std::string_view message);

// What /api/time says: the server's clock, in UTC, in several forms.
void write_time(Writer& out, UnixMs clock);

inline constexpr size_t kMostOfAnswer = 1024;

}  // namespace onair::azuracast
