// The engine as configured by onair_redis.
#pragma once

#include "ngx_module/conf/conf.h"

namespace onair::ngx {

struct EngineConf {
    ngx_str_t address;  // as written
    // Its servers, by nginx's own resolving when the configuration is read.
    ngx_http_upstream_srv_conf_t* upstream;
    ngx_str_t user;
    ngx_str_t password;
    ngx_uint_t database;
    ngx_str_t prefix;
    ngx_str_t name;  // of this machine, as the engine lists it
    ngx_flag_t tls;
    ngx_str_t tls_name;  // that its certificate is to have
    ngx_str_t trusted;   // file of certificates; empty: the system's
#if (NGX_HTTP_SSL)
    ngx_ssl_t* ssl;
#endif
    u_char digest[41];  // of the script, in hexadecimal digits
};

}  // namespace onair::ngx
