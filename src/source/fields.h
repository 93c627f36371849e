// What a publisher may name, as raw text: an allow-list over form fields, a
// JSON object and [key, value] pairs. A known name whose value is of a kind
// that it cannot be is refused, never passed over. Hostile input.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "source/charset.h"
#include "source/json.h"

namespace onair::source {

// Texts as the publisher sent them, converted from the character set that he
// named; no data(): not given. Given and empty is something else: a title that
// was cleared.
struct Fields {
    std::string_view station, artist, title, text, album, art, url;
    std::string_view started, duration, listeners, peak, unique, on_air, status;
    std::string_view dj, name, description, genre;
    std::string_view stream_name, stream_description, stream_genre;
    std::string_view mode, charset, poll;
};

// One text of a publication on its way into the fields, and why not.
class FieldReader {
  public:
    FieldReader(Arena& arena, std::string_view* why) : arena_(arena), why_(why)
    {}

    // The set in which the publisher says that his texts are, by its name.
    void set_charset(std::string_view name);
    bool has_charset() const { return !charset_name_.empty(); }
    // A form's own field wins over what was said before.
    void find_charset(std::string_view form);

    // Faults: kBadRequest with `why`.
    Outcome read_form(std::string_view form);
    Outcome read_json(JsonValue root);

    // A body of JSON in the set that was named, as UTF-8; where it is UTF-8
    // already, as it has to be, it stays. To be called before read_json().
    Result<ConstBytes> as_utf8(ConstBytes body);

    const Fields& fields() const { return fields_; }

  private:
    using Field = std::string_view Fields::*;

    Outcome refuse(std::string_view name, std::string_view why);
    Outcome unknown_charset();
    Outcome set(Field field, std::string_view value);
    Outcome set(Field field, JsonMember member);
    Outcome set_member(JsonMember member);
    Outcome set_inner(JsonMember inner);
    Outcome set_object(JsonValue object);
    Outcome set_pairs(JsonValue pairs);
    void find_charset(JsonValue root);

    Arena& arena_;
    std::string_view* why_;
    Fields fields_;
    std::string_view charset_name_;
    Charset charset_;
    bool charset_known_ = true;
    bool body_is_utf8_ = false;
};

}  // namespace onair::source
