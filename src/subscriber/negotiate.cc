#include "subscriber/negotiate.h"

#include "base/bytes.h"
#include "encoder/number.h"
#include "subscriber/field.h"

namespace onair::subscriber {

namespace {

constexpr std::string_view kName = "permessage-deflate";
constexpr std::string_view kServerTakeover = "server_no_context_takeover";
constexpr std::string_view kClientTakeover = "client_no_context_takeover";
constexpr std::string_view kServerBits = "server_max_window_bits";
constexpr std::string_view kClientBits = "client_max_window_bits";

struct Parameter {
    std::string_view name;
    std::string_view value;
    bool has_value = false;
};

// What is quoted is a token, once its escapes are taken away.
bool is_quoted_token(std::string_view inside)
{
    for (size_t i = 0; i < inside.size(); i++) {
        i += inside[i] == '\\' ? 1 : 0;
        if (i == inside.size() || !is_token(inside.substr(i, 1))) {
            return false;
        }
    }
    return !inside.empty();
}

// name | name=token | name="token" (RFC 6455 section 9.1).
bool read_parameter(std::string_view part, Parameter* out)
{
    size_t equals = part.find('=');
    out->name = trim(part.substr(0, equals));
    out->has_value = equals != std::string_view::npos;
    if (!is_token(out->name) || !out->has_value) {
        return is_token(out->name);
    }
    out->value = trim(part.substr(equals + 1));
    if (out->value.size() >= 2 && out->value.front() == '"' &&
        out->value.back() == '"') {
        out->value = out->value.substr(1, out->value.size() - 2);
        return is_quoted_token(out->value);
    }
    return is_token(out->value);
}

// 8 to 15 in decimal without leading zeros; 0: neither.
int read_bits(const Parameter& parameter)
{
    std::string_view value = parameter.value;
    if (value == "8" || value == "9") {
        return value[0] - '0';
    }
    if (value.size() == 2 && value[0] == '1' && value[1] >= '0' &&
        value[1] <= '5') {
        return 10 + (value[1] - '0');
    }
    return 0;
}

// Each is true once at most.
bool set_once(bool* flag)
{
    bool first = !*flag;
    *flag = true;
    return first;
}

// False: this parameter declines its offer.
bool take(const Parameter& parameter, int least_server_bits, Deflate* deflate)
{
    if (parameter.name == kServerTakeover) {
        return !parameter.has_value &&
               set_once(&deflate->server_no_context_takeover);
    }
    if (parameter.name == kClientTakeover) {
        return !parameter.has_value &&
               set_once(&deflate->client_no_context_takeover);
    }
    if (parameter.name == kServerBits) {
        deflate->server_bits = read_bits(parameter);
        return deflate->server_bits >= least_server_bits &&
               set_once(&deflate->server_bits_asked);
    }
    if (parameter.name == kClientBits) {
        deflate->client_bits = parameter.has_value ? read_bits(parameter) : 15;
        return deflate->client_bits != 0 &&
               set_once(&deflate->client_bits_asked);
    }
    return false;
}

enum class Verdict : uint8_t { kAccept, kDecline, kMalformed };

Verdict judge(std::string_view text, const Offer& offer, Deflate* deflate)
{
    *deflate = Deflate();
    Parts parts(text, ';');
    std::string_view part;
    if (!parts.next(&part) || !is_token(part)) {
        return Verdict::kMalformed;
    }
    bool good = part == kName;
    int least = offer.least_server_bits < 9 ? 9 : offer.least_server_bits;
    while (parts.next(&part)) {
        Parameter parameter;
        if (!read_parameter(part, &parameter)) {
            return Verdict::kMalformed;
        }
        good = good && take(parameter, least, deflate);
    }
    return good ? Verdict::kAccept : Verdict::kDecline;
}

void write_bits(Writer& out, std::string_view name, int bits)
{
    out.put("; ");
    out.put(name);
    out.put('=');
    encoder::write_unsigned(out, static_cast<uint64_t>(bits));
}

bool is_well_formed_offer(std::string_view text)
{
    Parts parts(text, ';');
    std::string_view part;
    if (!parts.next(&part) || !is_token(part)) {
        return false;
    }
    while (parts.next(&part)) {
        Parameter parameter;
        if (!read_parameter(part, &parameter)) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool is_well_formed(std::string_view extensions)
{
    Parts offers(extensions, ',');
    for (std::string_view text; offers.next(&text);) {
        if (!text.empty() && !is_well_formed_offer(text)) {
            return false;
        }
    }
    return true;
}

Deflate negotiate(std::string_view extensions, const Offer& offer)
{
    if (!offer.deflate) {
        return {};
    }
    Parts offers(extensions, ',');
    for (std::string_view text; offers.next(&text);) {
        // A list may hold empty elements (RFC 9110 section 5.6.1.2).
        if (text.empty()) {
            continue;
        }
        Deflate deflate;
        Verdict verdict = judge(text, offer, &deflate);
        if (verdict == Verdict::kMalformed) {
            return {};
        }
        if (verdict == Verdict::kAccept) {
            deflate.on = true;
            if (!offer.context_takeover) {
                deflate.server_no_context_takeover = true;
                deflate.client_no_context_takeover = true;
            }
            return deflate;
        }
    }
    return {};
}

std::string_view write_extensions(const Deflate& deflate, std::span<char> out)
{
    if (!deflate.on) {
        return {};
    }
    Writer writer(out);
    writer.put(kName);
    if (deflate.server_no_context_takeover) {
        writer.put("; ");
        writer.put(kServerTakeover);
    }
    if (deflate.client_no_context_takeover) {
        writer.put("; ");
        writer.put(kClientTakeover);
    }
    if (deflate.server_bits_asked) {
        write_bits(writer, kServerBits, deflate.server_bits);
    }
    // Without a value in the offer the client waits for us to name one, and
    // 15 is what it has anyway.
    if (deflate.client_bits_asked && deflate.client_bits < 15) {
        write_bits(writer, kClientBits, deflate.client_bits);
    }
    return writer.ok() ? writer.view() : std::string_view();
}

}  // namespace onair::subscriber
