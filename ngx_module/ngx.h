// The one door to nginx: every other file includes this and no nginx header.
#pragma once

extern "C" {
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
}

#include "compat.h"

extern ngx_module_t ngx_http_onair_module;
