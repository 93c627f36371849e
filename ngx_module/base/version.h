// The version of this module, as docs/changes.md has it.
#pragma once

namespace onair::ngx {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace onair::ngx
