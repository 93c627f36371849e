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

enum class Form : uint8_t { kJson, kTitle };
inline constexpr size_t kForms = static_cast<size_t>(Form::kTitle) + 1;

struct FormTraits {
    std::string_view word;        // of onair_format
    std::string_view protocol;    // the WebSocket subprotocol
    std::string_view media_type;  // of a plain answer
    // A JSON object with the clock in it: several are an array, and a greeting
    // is made anew. Else a line of text.
    bool is_json;
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
std::array<std::string_view, kForms> protocols_from(Form first);

}  // namespace onair::encoder
