#include "subscriber/handshake.h"

#include <openssl/evp.h>

#include "base/bytes.h"
#include "subscriber/field.h"

namespace onair::subscriber {

namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr size_t kKeySize = 24;

bool is_base64(char c)
{
    char small = lower(c);
    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') ||
           c == '+' || c == '/';
}

// 16 bytes in base64: 22 characters and two to fill up. The four spare bits
// of the 22nd are not looked at, as decoders do not either.
bool is_key(std::string_view key)
{
    if (key.size() != kKeySize || !key.ends_with("==")) {
        return false;
    }
    for (char c : key.substr(0, kKeySize - 2)) {
        if (!is_base64(c)) {
            return false;
        }
    }
    return true;
}

// SHA-1 as libcrypto has it. To look the algorithm up costs more than to use
// it twice, so that the context is made once a process and never given back.
class Sha1 {
  public:
    static constexpr size_t kSize = 20;

    Sha1() : context_(EVP_MD_CTX_new())
    {
        ready_ = context_ != nullptr &&
                 EVP_DigestInit_ex(context_, EVP_sha1(), nullptr) == 1;
    }

    bool digest(ConstBytes text, std::span<uint8_t, kSize> out)
    {
        // No algorithm: the one of last time, from its beginning.
        return ready_ && EVP_DigestInit_ex(context_, nullptr, nullptr) == 1 &&
               EVP_DigestUpdate(context_, text.data(), text.size()) == 1 &&
               EVP_DigestFinal_ex(context_, out.data(), nullptr) == 1;
    }

  private:
    EVP_MD_CTX* context_;
    bool ready_;
};

Refusal bad(Fault fault, std::string_view reason)
{
    return {400, reason, fault};
}

Refusal check_key(const Request& request)
{
    if (request.keys > 1) {
        return bad(Fault::kBadKey, "more than one Sec-WebSocket-Key");
    }
    if (request.key.empty()) {
        return bad(Fault::kBadKey, "no Sec-WebSocket-Key");
    }
    if (!is_key(trim(request.key))) {
        return bad(Fault::kBadKey,
                   "Sec-WebSocket-Key is not 16 bytes in base64");
    }
    return {};
}

}  // namespace

bool wants_websocket(const Request& request)
{
    return !request.upgrade.empty() && request.http_version < 20 &&
           has_token(request.upgrade, "websocket");
}

Refusal check_handshake(const Request& request)
{
    if (request.method != "GET") {
        return {405, "a WebSocket is opened with GET", Fault::kBadUpgrade};
    }
    if (request.http_version < 11) {
        return bad(Fault::kBadUpgrade, "a WebSocket needs HTTP/1.1");
    }
    if (!has_token(request.connection, "upgrade")) {
        return bad(Fault::kBadUpgrade,
                   "Upgrade without \"Connection: Upgrade\"");
    }
    if (trim(request.version) != "13") {
        return {426, "Sec-WebSocket-Version must be 13", Fault::kBadVersion};
    }
    return check_key(request);
}

std::string_view choose_protocol(std::string_view theirs,
                                 std::span<const std::string_view> ours)
{
    for (std::string_view protocol : ours) {
        Parts parts(theirs, ',');
        for (std::string_view part; parts.next(&part);) {
            if (part == protocol && !part.empty()) {
                return protocol;
            }
        }
    }
    return {};
}

void accept_key(std::string_view key, std::span<char, kAcceptSize> out)
{
    uint8_t text[kKeySize + kGuid.size()] = {};
    key = trim(key).substr(0, kKeySize);
    std::memcpy(text, key.data(), key.size());
    std::memcpy(text + key.size(), kGuid.data(), kGuid.size());
    static Sha1 sha1;
    uint8_t digest[Sha1::kSize] = {};
    sha1.digest({text, key.size() + kGuid.size()}, digest);
    uint8_t base64[kAcceptSize + 1];  // EVP ends it with a zero
    EVP_EncodeBlock(base64, digest, sizeof(digest));
    std::memcpy(out.data(), base64, kAcceptSize);
}

}  // namespace onair::subscriber
