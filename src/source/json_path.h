// A place in a JSON document: JSON Pointer (RFC 6901, "/a/b/0") or the part of
// JSONPath (RFC 9535) that names one value ("$.a.b[0]", "$['a']").
#pragma once

#include <string_view>

#include "source/json.h"

namespace onair::source {

// The value there; kMissing where there is none, the path is bad or empty.
// *missing: nothing is there, and no null on the way has cut the path short.
JsonValue value_at(JsonValue root, std::string_view path,
                   bool* missing = nullptr);

}  // namespace onair::source
