// What the head of a source's answer says of the sound.
#include <charconv>
#include <optional>

#include "ngx_module/base/str.h"
#include "ngx_module/poller/pull.h"

namespace onair::ngx {

namespace {

const ngx_table_elt_t* header_of(const ngx_list_t& list, std::string_view name)
{
    for (const ngx_list_part_t* part = &list.part; part != nullptr;
         part = part->next) {
        auto* headers = static_cast<const ngx_table_elt_t*>(part->elts);
        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (headers[i].key.len == name.size() &&
                ngx_strncasecmp(headers[i].key.data, str(name).data,
                                name.size()) == 0) {
                return &headers[i];
            }
        }
    }
    return nullptr;
}

uint32_t number_of(std::string_view text, uint32_t most)
{
    uint32_t number = 0;
    auto [rest, error] =
        std::from_chars(text.data(), text.data() + text.size(), number);
    (void)rest;
    return error == std::errc() && number <= most ? number : 0;
}

}  // namespace

void Pull::on_head(const ngx_http_request_t* r) noexcept
{
    const ngx_list_t& list = r->upstream != nullptr
                                 ? r->upstream->headers_in.headers
                                 : r->headers_out.headers;
    metaint_ =
        number_of(view(header_of(list, "icy-metaint")), sound::kMostMetaint);
    bitrate_ = number_of(view(header_of(list, "icy-br")), 100000);
    type_ = r->headers_out.content_type;
    const struct {
        std::string_view name;
        ngx_str_t* to;
    } texts[] = {
        {"icy-name", &name_}, {"icy-genre", &genre_}, {"icy-url", &url_}};
    for (const auto& text : texts) {
        const ngx_table_elt_t* header = header_of(list, text.name);
        *text.to = header == nullptr ? ngx_str_t{0, nullptr} : header->value;
    }
}

// What it says, and the first bytes where it does not say what they are.
sound::Info Pull::info_of(ConstBytes first) const
{
    std::optional<sound::Kind> kind;
    if (pull_->has_kind) {
        kind = pull_->kind;
    } else {
        kind = sound::kind_of_media_type(view(type_));
        if (!kind && first.size() >= 4) {
            kind = sound::kind_of_bytes(first);
        }
    }
    sound::Info info;
    info.kind = kind.value_or(sound::Kind::kMp3);
    info.bitrate = bitrate_;
    info.type =
        view(type_).empty() ? sound::media_type_of(info.kind) : view(type_);
    info.name = view(name_);
    info.genre = view(genre_);
    info.url = view(url_);
    return info;
}

// False: the source refuses. Whole, or none, it leaves the sound in `bytes`.
bool Pull::take_head(ConstBytes& bytes)
{
    using State = sound::IcyHead::State;
    if (head_.take(bytes) != State::kWhole) {
        return head_.state() != State::kBad;
    }
    metaint_ = number_of(head_.value("icy-metaint"), sound::kMostMetaint);
    bitrate_ = number_of(head_.value("icy-br"), 100000);
    type_ = str(head_.value("content-type"));
    name_ = str(head_.value("icy-name"));
    genre_ = str(head_.value("icy-genre"));
    url_ = str(head_.value("icy-url"));
    return true;
}

}  // namespace onair::ngx
