#include "subscriber/key.h"

#include <openssl/crypto.h>

#include "subscriber/field.h"

namespace onair::subscriber {

bool is_key(std::string_view wanted, std::string_view said)
{
    return wanted.size() == said.size() &&
           CRYPTO_memcmp(wanted.data(), said.data(), wanted.size()) == 0;
}

std::string_view key_in(std::string_view authorization)
{
    constexpr std::string_view kScheme = "apikey ";
    std::string_view text = trim(authorization);
    return equal_fold(text.substr(0, kScheme.size()), kScheme)
               ? trim(text.substr(kScheme.size()))
               : std::string_view();
}

}  // namespace onair::subscriber
