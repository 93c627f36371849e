#include "base/fault.h"

namespace onair {

// No switch here has a default: a fault that lacks its case does not compile.

// NOLINTBEGIN(*-function-size): tables.
std::string_view describe(Fault fault)
{
    switch (fault) {
        case Fault::kNotJson:
            return "answer is not JSON";
        case Fault::kNotXml:
            return "answer is not XML";
        case Fault::kUnknownFormat:
            return "answer is in no known format";
        case Fault::kNoStations:
            return "answer names no station";
        case Fault::kTooDeep:
            return "document is nested too deep";
        case Fault::kTooLarge:
            return "document is too large";
        case Fault::kTooMany:
            return "there are too many of them";
        case Fault::kSeveralLines:
            return "answer is more than one line of text";
        case Fault::kBadPath:
            return "path is neither a JSON pointer nor a simple JSONPath";
        case Fault::kBadEncoding:
            return "answer is compressed, which nobody asked for";
        case Fault::kUnknownCharset:
            return "answer is in a character set that is not known";
        case Fault::kIncomplete:
            return "answer ended before it was whole";
        case Fault::kBadStatus:
            return "answer has an unexpected status";
        case Fault::kRedirected:
            return "answer sends the poll elsewhere in this server";
        case Fault::kTimeout:
            return "no answer within the time given";
        case Fault::kUnreachable:
            return "source could not be reached";
        case Fault::kNoMemory:
            return "out of memory";
        case Fault::kZoneFull:
            return "zone has no room for another station";
        case Fault::kZoneTooSmall:
            return "zone is too small";
        case Fault::kLayoutChanged:
            return "zone was laid out by another version";
        case Fault::kNotFound:
            return "there is no such station";
        case Fault::kBadName:
            return "name of station is not usable";
        case Fault::kBusy:
            return "another process is writing";
        case Fault::kFenced:
            return "another process took over";
        case Fault::kTorn:
            return "record was torn by its writer";
        case Fault::kBadRequest:
            return "request is not valid";
        case Fault::kBadUpgrade:
            return "upgrade request is not valid";
        case Fault::kBadVersion:
            return "WebSocket version is not 13";
        case Fault::kBadKey:
            return "key of the WebSocket handshake is not valid";
        case Fault::kBadOrigin:
            return "origin is not allowed";
        case Fault::kBadEventId:
            return "event id is not valid";
        case Fault::kReservedBits:
            return "frame has reserved bits set";
        case Fault::kReservedOpcode:
            return "frame has a reserved opcode";
        case Fault::kUnmaskedFrame:
            return "frame of a client is not masked";
        case Fault::kBadLength:
            return "length of frame is not written in its shortest form";
        case Fault::kControlTooLong:
            return "control frame is longer than 125 bytes";
        case Fault::kControlFragmented:
            return "control frame is fragmented";
        case Fault::kUnexpectedContinuation:
            return "continuation frame has nothing to continue";
        case Fault::kExpectedContinuation:
            return "new message began before the last one ended";
        case Fault::kBadUtf8:
            return "text is not valid UTF-8";
        case Fault::kBadClosePayload:
            return "close frame holds a single byte";
        case Fault::kBadCloseCode:
            return "close code is not one that may be sent";
        case Fault::kMessageTooBig:
            return "message is too big";
        case Fault::kTooManyFragments:
            return "message is in too many fragments";
        case Fault::kBadDeflate:
            return "compressed data is not valid";
    }
    return "unknown";
}

std::string_view word(Fault fault)
{
    switch (fault) {
        case Fault::kNotJson:
            return "not_json";
        case Fault::kNotXml:
            return "not_xml";
        case Fault::kUnknownFormat:
            return "unknown_format";
        case Fault::kNoStations:
            return "no_stations";
        case Fault::kTooDeep:
            return "too_deep";
        case Fault::kTooLarge:
            return "too_large";
        case Fault::kTooMany:
            return "too_many";
        case Fault::kSeveralLines:
            return "several_lines";
        case Fault::kBadPath:
            return "bad_path";
        case Fault::kBadEncoding:
            return "bad_encoding";
        case Fault::kUnknownCharset:
            return "unknown_charset";
        case Fault::kIncomplete:
            return "incomplete";
        case Fault::kBadStatus:
            return "bad_status";
        case Fault::kRedirected:
            return "redirected";
        case Fault::kTimeout:
            return "timeout";
        case Fault::kUnreachable:
            return "unreachable";
        case Fault::kNoMemory:
            return "no_memory";
        case Fault::kZoneFull:
            return "zone_full";
        case Fault::kZoneTooSmall:
            return "zone_too_small";
        case Fault::kLayoutChanged:
            return "layout_changed";
        case Fault::kNotFound:
            return "not_found";
        case Fault::kBadName:
            return "bad_name";
        case Fault::kBusy:
            return "busy";
        case Fault::kFenced:
            return "fenced";
        case Fault::kTorn:
            return "torn";
        case Fault::kBadRequest:
            return "bad_request";
        case Fault::kBadUpgrade:
            return "bad_upgrade";
        case Fault::kBadVersion:
            return "bad_version";
        case Fault::kBadKey:
            return "bad_key";
        case Fault::kBadOrigin:
            return "bad_origin";
        case Fault::kBadEventId:
            return "bad_event_id";
        case Fault::kReservedBits:
            return "reserved_bits";
        case Fault::kReservedOpcode:
            return "reserved_opcode";
        case Fault::kUnmaskedFrame:
            return "unmasked_frame";
        case Fault::kBadLength:
            return "bad_length";
        case Fault::kControlTooLong:
            return "control_too_long";
        case Fault::kControlFragmented:
            return "control_fragmented";
        case Fault::kUnexpectedContinuation:
            return "unexpected_continuation";
        case Fault::kExpectedContinuation:
            return "expected_continuation";
        case Fault::kBadUtf8:
            return "bad_utf8";
        case Fault::kBadClosePayload:
            return "bad_close_payload";
        case Fault::kBadCloseCode:
            return "bad_close_code";
        case Fault::kMessageTooBig:
            return "message_too_big";
        case Fault::kTooManyFragments:
            return "too_many_fragments";
        case Fault::kBadDeflate:
            return "bad_deflate";
    }
    return "unknown";
}

uint16_t close_code(Fault fault)
{
    switch (fault) {
        case Fault::kBadUpgrade:
        case Fault::kBadVersion:
        case Fault::kBadKey:
        case Fault::kReservedBits:
        case Fault::kReservedOpcode:
        case Fault::kUnmaskedFrame:
        case Fault::kBadLength:
        case Fault::kControlTooLong:
        case Fault::kControlFragmented:
        case Fault::kUnexpectedContinuation:
        case Fault::kExpectedContinuation:
        case Fault::kBadClosePayload:
        case Fault::kBadCloseCode:
            return 1002;
        case Fault::kUnknownFormat:
        case Fault::kSeveralLines:
            return 1003;
        case Fault::kNotJson:
        case Fault::kNotXml:
        case Fault::kBadEncoding:
        case Fault::kUnknownCharset:
        case Fault::kBadUtf8:
        case Fault::kBadDeflate:
            return 1007;
        case Fault::kTooMany:
        case Fault::kNotFound:
        case Fault::kBadName:
        case Fault::kBadRequest:
        case Fault::kBadOrigin:
        case Fault::kBadEventId:
            return 1008;
        case Fault::kTooDeep:
        case Fault::kTooLarge:
        case Fault::kMessageTooBig:
        case Fault::kTooManyFragments:
            return 1009;
        case Fault::kNoStations:
        case Fault::kBadPath:
        case Fault::kIncomplete:
        case Fault::kBadStatus:
        case Fault::kRedirected:
        case Fault::kTimeout:
        case Fault::kUnreachable:
        case Fault::kZoneTooSmall:
        case Fault::kLayoutChanged:
        case Fault::kFenced:
        case Fault::kTorn:
            return 1011;
        case Fault::kNoMemory:
        case Fault::kZoneFull:
        case Fault::kBusy:
            return 1013;
    }
    return 1011;
}
// NOLINTEND(*-function-size)

}  // namespace onair
