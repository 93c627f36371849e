#include "ngx_module/module/directives_engine.h"

#include "engine/script.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/engine/settings.h"

namespace onair::ngx {

namespace {

constexpr in_port_t kPort = 6379;
constexpr size_t kMostPrefix = 64;
constexpr size_t kMostName = 64;

bool is_word(std::string_view text, size_t most)
{
    bool good = !text.empty() && text.size() <= most;
    for (char c : text) {
        good = good && c > 0x20 && c < 0x7f;
    }
    return good;
}

bool set_text(Params& params, ngx_str_t* out, bool good)
{
    if (!good) {
        params.invalid();
        return false;
    }
    *out = copy(params.cf()->pool, params.value());
    return out->data != nullptr;
}

bool set_of_redis(Params& params, EngineConf* engine)
{
    if (params.is("password")) {
        return set_text(params, &engine->password, !params.value().empty());
    }
    if (params.is("user")) {
        return set_text(params, &engine->user, !params.value().empty());
    }
    if (params.is("db")) {
        return params.number(&engine->database, 0, 65535);
    }
    if (params.is("prefix")) {
        return set_text(params, &engine->prefix,
                        is_word(params.value(), kMostPrefix));
    }
    if (params.is("name")) {
        return set_text(params, &engine->name,
                        is_word(params.value(), kMostName));
    }
    if (params.is("tls")) {
        bool on = false;
        bool good = params.flag(&on);
        engine->tls = on;
        return good;
    }
    if (params.is("tls_name")) {
        return set_text(params, &engine->tls_name, !params.value().empty());
    }
    if (params.is("trusted")) {
        return set_text(params, &engine->trusted, !params.value().empty());
    }
    params.invalid();
    return false;
}

#if (NGX_HTTP_SSL)
// TLS to the engine is of no use without knowing who it is: its certificate is
// always verified.
bool make_tls(ngx_conf_t* cf, EngineConf* engine)
{
    auto* ssl = zeroed<ngx_ssl_t>(cf->pool);
    if (ssl == nullptr) {
        return false;
    }
    ssl->log = cf->log;
    if (ngx_ssl_create(ssl, NGX_SSL_TLSv1_2 | NGX_SSL_TLSv1_3, nullptr) !=
        NGX_OK) {
        return false;
    }
    ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    if (cleanup == nullptr) {
        ngx_ssl_cleanup_ctx(ssl);
        return false;
    }
    cleanup->handler = ngx_ssl_cleanup_ctx;
    cleanup->data = ssl;
    engine->ssl = ssl;
    if (engine->trusted.len > 0) {
        return ngx_ssl_trusted_certificate(cf, ssl, &engine->trusted, 5) ==
               NGX_OK;
    }
    return SSL_CTX_set_default_verify_paths(ssl->ctx) == 1;
}
#endif

ngx_http_upstream_srv_conf_t* add_upstream(ngx_conf_t* cf, EngineConf* engine)
{
    ngx_url_t url;
    ngx_memzero(&url, sizeof(url));
    url.url = engine->address;
    url.default_port = kPort;
    url.no_resolve = 1;
    // It parses the address, and says what is wrong with it.
    ngx_http_upstream_srv_conf_t* upstream = ngx_http_upstream_add(cf, &url, 0);
    if (upstream != nullptr && engine->tls_name.len == 0) {
        engine->tls_name = url.host;
    }
    return upstream;
}

void write_digest(EngineConf* engine)
{
    ngx_sha1_t sha1;
    u_char digest[20];
    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, engine::kScript.data(), engine::kScript.size());
    ngx_sha1_final(digest, &sha1);
    *ngx_hex_dump(engine->digest, digest, sizeof(digest)) = '\0';
}

}  // namespace

char* set_redis(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    auto* main = static_cast<MainConf*>(conf);
    if (main->engine != nullptr) {
        return params.say("is duplicate");
    }
    auto* engine = zeroed<EngineConf>(cf->pool);
    if (engine == nullptr || !params.distinct()) {
        return Params::error();
    }
    main->used = 1;
    main->engine = engine;
    engine->prefix = str("onair:");
    engine->name = cf->cycle->hostname;
    params.next();
    engine->address = copy(cf->pool, params.text());
    while (params.next()) {
        if (!set_of_redis(params, engine)) {
            return Params::error();
        }
    }
    if (engine->user.len > 0 && engine->password.len == 0) {
        return params.say("has a user without a password");
    }
    engine->upstream = add_upstream(cf, engine);
    if (engine->upstream == nullptr) {
        return Params::error();
    }
    write_digest(engine);
    if (!engine->tls) {
        return NGX_CONF_OK;
    }
#if (NGX_HTTP_SSL)
    return make_tls(cf, engine) ? NGX_CONF_OK : Params::error();
#else
    return params.say("has \"tls=on\", but this nginx has no TLS");
#endif
}

bool set_share(Params& params, ZoneConf* zone)
{
    std::string_view list = params.value();
    for (;;) {
        size_t comma = list.find(',');
        std::string_view word = list.substr(0, comma);
        ngx_uint_t bit = word == "rooms"          ? kShareRooms
                         : word == "publications" ? kSharePublications
                         : word == "counts"       ? kShareCounts
                                                  : 0;
        if (bit == 0 || (zone->share & bit) != 0) {
            params.invalid();
            return false;
        }
        zone->share |= bit;
        if (comma == std::string_view::npos) {
            return true;
        }
        list.remove_prefix(comma + 1);
    }
}

ngx_int_t check_share(ngx_conf_t* cf, const MainConf* main, ZoneConf* zone)
{
    const char* why = nullptr;
    if (zone->share != 0 && main->engine == nullptr) {
        why = "needs \"onair_redis\"";
    } else if ((zone->share & kShareRooms) != 0 && zone->rooms.rooms == 0 &&
               !zone->has_rooms) {
        why = "has \"rooms\", but the zone has none";
    }
    if (why != nullptr) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"share\" of onair zone \"%V\" %s in \"%V\" directive "
                      "in %V:%ui",
                      &zone->name, why, &zone->directive, &zone->file,
                      zone->line);
        return NGX_ERROR;
    }
    zone->rooms.shared = (zone->share & kShareRooms) != 0;
    return NGX_OK;
}

}  // namespace onair::ngx
