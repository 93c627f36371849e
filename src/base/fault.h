// What can go wrong in the core, one word each; every stage speaks of these.
// Pure values: no allocation, no logging, no errno. Called from any process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace onair {

enum class Fault : uint8_t {
    // a source's answer
    kNotJson,
    kNotXml,
    kUnknownFormat,
    kNoStations,
    kTooDeep,
    kTooLarge,
    kTooMany,
    kSeveralLines,
    kBadPath,
    kBadEncoding,
    kUnknownCharset,
    kIncomplete,
    kBadStatus,
    kRedirected,
    kTimeout,
    kUnreachable,
    kNoMemory,
    // the zone
    kZoneFull,
    kZoneTooSmall,
    kLayoutChanged,
    kNotFound,
    kBadName,
    kBusy,
    kFenced,
    kTorn,
    // a client's handshake or request
    kBadRequest,
    kBadUpgrade,
    kBadVersion,
    kBadKey,
    kBadOrigin,
    kBadEventId,
    // a client's WebSocket bytes
    kReservedBits,
    kReservedOpcode,
    kUnmaskedFrame,
    kBadLength,
    kControlTooLong,
    kControlFragmented,
    kUnexpectedContinuation,
    kExpectedContinuation,
    kBadUtf8,
    kBadClosePayload,
    kBadCloseCode,
    kMessageTooBig,
    kTooManyFragments,
    kBadDeflate,
};
inline constexpr size_t kFaults = static_cast<size_t>(Fault::kBadDeflate) + 1;

// One lower-case sentence without a full stop, in nginx's own tone.
std::string_view describe(Fault fault);

// A short snake_case word for counters, labels and JSON members.
std::string_view word(Fault fault);

// The WebSocket close code (RFC 6455 section 7.4.1) that says this fault.
uint16_t close_code(Fault fault);

}  // namespace onair
