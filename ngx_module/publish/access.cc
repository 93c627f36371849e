#include "ngx_module/publish/access.h"

#include "ngx_module/base/str.h"

namespace onair::ngx {

namespace {

// How these modules' location configurations begin. They are private to them,
// but have been the same since nginx 0.8 (the rules), 1.3.10 (the realm) and
// 1.5.4 (the URI).
struct AccessConf {
    ngx_array_t* rules;
#if (NGX_HAVE_INET6)
    ngx_array_t* rules6;
#endif
#if (NGX_HAVE_UNIX_DOMAIN)
    ngx_array_t* rules_un;
#endif
};

struct BasicConf {
    ngx_http_complex_value_t* realm;
};

struct RequestConf {
    ngx_str_t uri;
};

// The request's location configuration of the module of this name; nullptr
// where this nginx has none. By name, as it may be a dynamic one or absent.
const void* conf_of(const ngx_http_request_t* r, std::string_view name)
{
    for (ngx_module_t** m = ngx_cycle->modules; *m != nullptr; m++) {
        const ngx_module_t* module = *m;
        if (module->type == NGX_HTTP_MODULE && name == module->name) {
            return r->loc_conf[module->ctx_index];
        }
    }
    return nullptr;
}

bool has_rules(const ngx_http_request_t* r)
{
    auto* conf =
        static_cast<const AccessConf*>(conf_of(r, "ngx_http_access_module"));
    if (conf == nullptr) {
        return false;
    }
    bool any = conf->rules != nullptr;
#if (NGX_HAVE_INET6)
    any = any || conf->rules6 != nullptr;
#endif
#if (NGX_HAVE_UNIX_DOMAIN)
    any = any || conf->rules_un != nullptr;
#endif
    return any;
}

bool asks_password(ngx_http_request_t* r)
{
    auto* conf =
        static_cast<const BasicConf*>(conf_of(r, "ngx_http_auth_basic_module"));
    if (conf == nullptr || conf->realm == nullptr ||
        conf->realm == NGX_CONF_UNSET_PTR) {
        return false;
    }
    ngx_str_t realm;
    return ngx_http_complex_value(r, conf->realm, &realm) == NGX_OK &&
           view(realm) != "off";
}

bool asks_elsewhere(const ngx_http_request_t* r)
{
    auto* conf = static_cast<const RequestConf*>(
        conf_of(r, "ngx_http_auth_request_module"));
    return conf != nullptr && conf->uri.len > 0;
}

}  // namespace

bool is_guarded(ngx_http_request_t* r)
{
    return has_rules(r) || asks_password(r) || asks_elsewhere(r);
}

bool is_called_by_name(const ngx_http_request_t* r)
{
    auto* server = static_cast<const ngx_http_core_srv_conf_t*>(
        ngx_http_get_module_srv_conf(r, ngx_http_core_module));
    // The first one: nginx keeps no list of the others. "*.example.com",
    // "www.example.*", "~^www": nginx has chosen this server by it, or as the
    // default one.
    std::string_view name = view(server->server_name);
    std::string_view host = view(r->headers_in.server);
    bool pattern =
        name.find('*') != std::string_view::npos || name.starts_with('~');
    return !host.empty() && (pattern || name == host);
}

bool is_loopback(const sockaddr* address)
{
    switch (address->sa_family) {
        case AF_UNIX:
            return true;
        case AF_INET: {
            // SAFETY: the family says which it is.
            auto* in = reinterpret_cast<const sockaddr_in*>(address);
            return ntohl(in->sin_addr.s_addr) >> 24 == 127;
        }
#if (NGX_HAVE_INET6)
        case AF_INET6: {
            auto* in6 = reinterpret_cast<const sockaddr_in6*>(address);
            const uint8_t* bytes = in6->sin6_addr.s6_addr;
            return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) ||
                   (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) && bytes[12] == 127);
        }
#endif
        default:
            return false;
    }
}

}  // namespace onair::ngx
