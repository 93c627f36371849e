// The one door to nginx: every other file includes this and no nginx header.
#pragma once

#include <limits>

extern "C" {
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
#include <ngx_sha1.h>
}

// Else nginx's structures are not what they are in its own files.
static_assert(sizeof(time_t) == NGX_TIME_T_SIZE);
static_assert(std::numeric_limits<off_t>::max() == NGX_MAX_OFF_T_VALUE);

#include "ngx_module/base/compat.h"

extern ngx_module_t ngx_http_onair_module;
