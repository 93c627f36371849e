// The heads of answers with sound.
#pragma once

#include "ngx_module/sound/audio.h"
#include "sound/listen.h"

namespace onair::ngx {

struct SoundHead {
    sound::Info info;
    uint32_t metaint = 0;
    sound::Listen listen;
};

std::string_view request_header(const ngx_http_request_t* r,
                                std::string_view lowcase);

bool add_sound_cors(ngx_http_request_t* r, std::string_view origin, bool any);
ngx_int_t answer_sound_head(ngx_http_request_t* r, const SoundHead& head);
ngx_int_t answer_redirect(ngx_http_request_t* r, std::string_view location);

// Head and all that follows; owns `made`.
ngx_int_t start_audio(ngx_http_request_t* r, const SoundHead& head, bool chunks,
                      Audio* made);
ngx_int_t start_audio(ngx_http_request_t* r, const SoundHead& head,
                      AudioRequest* made);

}  // namespace onair::ngx
