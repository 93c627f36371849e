#include "ngx_module/subscriber/log.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/conf/params.h"
#include "ngx_module/subscriber/subscriber.h"

namespace onair::ngx {

char* set_log(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    auto* loc = static_cast<LocConf*>(conf);
    if (loc->log != NGX_CONF_UNSET_PTR) {
        return params.say("is duplicate");
    }
    params.next();
    if (params.text() == "off") {
        loc->log = nullptr;
        return NGX_CONF_OK;
    }
    // Not what access_log has besides files.
    if (params.text().empty() || params.text().starts_with("syslog:") ||
        params.text().find('$') != std::string_view::npos) {
        return params.invalid();
    }
    ngx_str_t path = params.arg();
    loc->log = ngx_conf_open_file(cf->cycle, &path);
    return loc->log == nullptr ? Params::error() : NGX_CONF_OK;
}

namespace {

// A name may hold what would break a line of the log.
u_char* put_escaped(u_char* at, u_char* last, std::string_view text)
{
    for (char c : text) {
        auto byte = static_cast<u_char>(c);
        if (byte <= ' ' || byte == '"' || byte == '\\' || byte >= 0x7f) {
            at = ngx_slprintf(at, last, "\\x%02Xi", ngx_uint_t{byte});
        } else if (at < last) {
            *at++ = byte;
        }
    }
    return at;
}

}  // namespace

void log_end(const Subscriber* subscriber, const ngx_str_t& address) noexcept
{
    if (subscriber->conf()->log == nullptr) {
        return;
    }
    std::string_view station = "-";
    if (subscriber->stations() > 1) {
        station = "(several)";
    } else if (const Topic* topic = subscriber->only_topic()) {
        station = topic->key().name;
    } else if (subscriber->stations() == 1) {
        station = "*";
    }
    log_end(subscriber, address, station, {});
}

void log_end(const Subscriber* subscriber, const ngx_str_t& address,
             std::string_view station, std::string_view more) noexcept
{
    const ngx_open_file_t* log = subscriber->conf()->log;
    if (log == nullptr || log->fd == NGX_INVALID_FILE) {
        return;
    }
    UnixMs lasted = now().unix_ms - subscriber->opened();
    std::string_view transport = slot::word(subscriber->transport());
    ngx_str_t kind = str(transport);
    ngx_str_t end = str(more);

    u_char line[1024];
    u_char* last = line + sizeof(line) - 1;
    u_char* at = ngx_slprintf(line, last, "%V [%V] station=", &address,
                              &ngx_cached_http_log_time);
    at = put_escaped(at, last, station);
    at = ngx_slprintf(
        at, last,
        " transport=%V duration=%L.%03L messages=%uL bytes=%uL reason=%s%V",
        &kind, static_cast<int64_t>(lasted / 1000),
        static_cast<int64_t>(lasted % 1000), subscriber->messages,
        subscriber->bytes, word(subscriber->reason), &end);
    *at++ = '\n';
    // A full disk is not worth a word a subscriber.
    [[maybe_unused]] ssize_t n =
        ngx_write_fd(log->fd, line, static_cast<size_t>(at - line));
}

}  // namespace onair::ngx
