// The key that a publisher says, as backends say it to Centrifugo.
#pragma once

#include <string_view>

namespace onair::subscriber {

// In a time that does not depend on where the two differ.
bool is_key(std::string_view wanted, std::string_view said);

// KEY of "apikey KEY", which is a header Authorization; empty: it has none.
std::string_view key_in(std::string_view authorization);

}  // namespace onair::subscriber
