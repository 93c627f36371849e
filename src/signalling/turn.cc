#include "signalling/turn.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "encoder/json.h"
#include "encoder/number.h"

namespace onair::signalling {

namespace {

constexpr size_t kMaxUser = 128;

bool is_stun(std::string_view uri)
{
    return uri.starts_with("stun:") || uri.starts_with("stuns:");
}

bool is_turn(std::string_view uri)
{
    return uri.starts_with("turn:") || uri.starts_with("turns:");
}

void write_uris(Writer& out, const Turn& turn, bool (*wanted)(std::string_view))
{
    bool first = true;
    out.put(R"("urls":[)");
    for (std::string_view uri : turn.uris) {
        if (wanted(uri)) {
            out.put(first ? "" : ",");
            encoder::write_string(out, uri);
            first = false;
        }
    }
    out.put(']');
}

void write_password(Writer& out, std::string_view secret, std::string_view name)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    ConstBytes bytes = bytes_of(name);
    HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()),
         bytes.data(), bytes.size(), sum, &size);
    unsigned char text[2 * EVP_MAX_MD_SIZE];
    int length = EVP_EncodeBlock(text, sum, static_cast<int>(size));
    out.put(text_of({text, static_cast<size_t>(length)}));
}

}  // namespace

bool is_turn_uri(std::string_view uri)
{
    size_t colon = uri.find(':');
    return (is_stun(uri) || is_turn(uri)) && colon + 1 < uri.size() &&
           std::all_of(uri.begin(), uri.end(), [](char c) {
               return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
           });
}

size_t most_ice_servers(const Turn& turn, std::string_view user)
{
    size_t size = 512 + 6 * user.size();
    for (std::string_view uri : turn.uris) {
        size += 6 * uri.size() + 3;
    }
    return size;
}

void write_ice_servers(Writer& out, const Turn& turn, std::string_view user,
                       UnixMs now)
{
    bool stun = std::any_of(turn.uris.begin(), turn.uris.end(), is_stun);
    bool relays = std::any_of(turn.uris.begin(), turn.uris.end(), is_turn);
    out.put('[');
    if (stun) {
        out.put('{');
        write_uris(out, turn, is_stun);
        out.put('}');
    }
    if (relays) {
        char memory[32 + kMaxUser];
        Writer name(memory);
        encoder::write_unsigned(
            name, static_cast<uint64_t>(now) / 1000 + turn.lasts_s);
        if (!user.empty()) {
            name.put(':');
            name.put(user.substr(0, kMaxUser));
        }
        out.put(stun ? ",{" : "{");
        write_uris(out, turn, is_turn);
        out.put(R"(,"username":)");
        encoder::write_string(out, name.view());
        out.put(R"(,"credential":")");
        write_password(out, turn.secret, name.view());
        out.put(R"("})");
    }
    out.put(']');
}

}  // namespace onair::signalling
