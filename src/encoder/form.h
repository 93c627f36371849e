// The forms of message (onair_format): what each is called, and what its bytes
// are. A new form is a line of this enum, one of the table in form.cc, and a
// case in encode().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace onair::encoder {

// Those behind kTitle are of the locations that speak for AzuraCast and
// Centrifugo, and have no name.
enum class Form : uint8_t {
    kJson,
    kTitle,
    kUniPush,         // a publication of station:NAME, as it stands
    kPush,            // the same as a push of the bidirectional protocol
    kSnapshotPush,    // a push of onair:NAME, whose data is the snapshot
    kNowPlaying,      // AzuraCast's object, as its API answers with it
    kNowPlayingFile,  // the same as its static files have it
    kLine,            // the title, or the station's name: its other file
};
inline constexpr size_t kForms = static_cast<size_t>(Form::kLine) + 1;
inline constexpr size_t kNamedForms = static_cast<size_t>(Form::kTitle) + 1;

struct FormTraits {
    std::string_view word;        // of onair_format
    std::string_view protocol;    // the WebSocket subprotocol
    std::string_view media_type;  // of a plain answer
    // A JSON object with the clock in it: several are an array, and a greeting
    // is made anew. Else a line of text.
    bool is_json;
    // A push has a position of its own: its event has no id.
    bool is_push = false;
};

const FormTraits& traits_of(Form form);

inline std::string_view word_of(Form form)
{
    return traits_of(form).word;
}

// Fault::kNotFound when no form is called so.
Result<Form> form_of(std::string_view word);
Result<Form> form_of_protocol(std::string_view protocol);

// All subprotocols in the order of preference: that of `first`, then the rest.
std::array<std::string_view, kNamedForms> protocols_from(Form first);

}  // namespace onair::encoder
