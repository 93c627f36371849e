#include "encoder/form.h"

#include <iterator>

namespace onair::encoder {

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain; charset=utf-8";

// By Form.
constexpr FormTraits kTraits[] = {
    {"json", "onair.json", kJson, true},
    {"title", "onair.title", kText, false},
    {{}, {}, kJson, true, true},
    {{}, {}, kJson, true, true},
    {{}, {}, kJson, true, true},
    {{}, {}, kJson, true},
    {{}, {}, kJson, true},
    {{}, {}, kText, false},
};
static_assert(std::size(kTraits) == kForms);

Result<Form> find(std::string_view name, std::string_view FormTraits::*member)
{
    for (size_t i = 0; i < kNamedForms; i++) {
        if (kTraits[i].*member == name) {
            return static_cast<Form>(i);
        }
    }
    return Fault::kNotFound;
}

}  // namespace

const FormTraits& traits_of(Form form)
{
    return kTraits[static_cast<size_t>(form)];
}

Result<Form> form_of(std::string_view word)
{
    return find(word, &FormTraits::word);
}

Result<Form> form_of_protocol(std::string_view protocol)
{
    return find(protocol, &FormTraits::protocol);
}

std::array<std::string_view, kNamedForms> protocols_from(Form first)
{
    std::array<std::string_view, kNamedForms> names;
    size_t count = 0;
    names[count++] = traits_of(first).protocol;
    for (size_t i = 0; i < kNamedForms; i++) {
        if (static_cast<Form>(i) != first) {
            names[count++] = kTraits[i].protocol;
        }
    }
    return names;
}

}  // namespace onair::encoder
