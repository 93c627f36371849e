#include "room/token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace onair::room {

namespace {

constexpr size_t kSignature = 16;  // bytes of the digest that are kept

int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void write_bytes(Writer& out, std::string_view bytes)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (char c : bytes) {
        auto byte = static_cast<uint8_t>(c);
        out.put(kDigits[byte >> 4]);
        out.put(kDigits[byte & 15]);
    }
}

// False where it is no hexadecimal or longer than `out`.
bool read_bytes(std::string_view digits, Writer& out)
{
    for (size_t i = 0; i + 1 < digits.size(); i += 2) {
        int high = digit_of(digits[i]);
        int low = digit_of(digits[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out.put(static_cast<char>(high << 4 | low));
    }
    return digits.size() % 2 == 0 && out.ok();
}

bool sign(Secret secret, std::string_view room, std::string_view id,
          char (&out)[kSignature])
{
    char text[kMaxName + 1 + kMaxId];
    Writer signed_text(text);
    signed_text.put(room);
    signed_text.put('\0');
    signed_text.put(id);
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    ConstBytes bytes = bytes_of(signed_text.view());
    bool made = signed_text.ok() &&
                HMAC(EVP_sha256(), secret.data(), static_cast<int>(kSecretSize),
                     bytes.data(), bytes.size(), sum, &size) != nullptr &&
                size >= kSignature;
    if (made) {
        std::memcpy(out, sum, kSignature);
    }
    return made;
}

}  // namespace

std::string_view write_token(Secret secret, std::string_view room,
                             std::string_view id, std::span<char> out)
{
    char signature[kSignature];
    if (!sign(secret, room, id, signature)) {
        return {};
    }
    Writer text(out);
    write_bytes(text, id);
    text.put('.');
    write_bytes(text, {signature, kSignature});
    return text.ok() ? text.view() : std::string_view();
}

Result<std::string_view> read_token(Secret secret, std::string_view room,
                                    std::string_view token, std::span<char> out)
{
    size_t dot = token.find('.');
    if (dot == std::string_view::npos || token.size() > kMaxToken) {
        return Fault::kBadRequest;
    }
    Writer id(out);
    char given[kSignature];
    Writer signature(given);
    if (!read_bytes(token.substr(0, dot), id) || id.size() == 0 ||
        id.size() > kMaxId || !read_bytes(token.substr(dot + 1), signature) ||
        signature.size() != kSignature) {
        return Fault::kBadRequest;
    }
    char wanted[kSignature];
    if (!sign(secret, room, id.view(), wanted) ||
        CRYPTO_memcmp(given, wanted, kSignature) != 0) {
        return Fault::kBadRequest;
    }
    return id.view();
}

}  // namespace onair::room
