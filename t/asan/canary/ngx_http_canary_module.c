/*
 * Faults on request: `canary heap|pool|freed|undefined|leak;` in a location.
 * Each must be reported by the sanitizer it is meant for, or the run of
 * t/asan/run.sh is worth nothing and fails.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


typedef struct {
    ngx_str_t  fault;
} ngx_http_canary_loc_conf_t;


static void *ngx_http_canary_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_canary(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


static ngx_command_t  ngx_http_canary_commands[] = {

    { ngx_string("canary"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_canary,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_canary_loc_conf_t, fault),
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_canary_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_canary_create_loc_conf,       /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_canary_module = {
    NGX_MODULE_V1,
    &ngx_http_canary_module_ctx,           /* module context */
    ngx_http_canary_commands,              /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static volatile u_char  *ngx_http_canary_bytes;
static volatile int      ngx_http_canary_result;


static ngx_int_t
ngx_http_canary_handler(ngx_http_request_t *r)
{
    int                          most;
    ngx_http_canary_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_canary_module);
    most = 0x7fffffff - (int) (r->method == NGX_HTTP_UNKNOWN);

    switch (clcf->fault.data[0]) {

    case 'h':
        ngx_http_canary_bytes = ngx_alloc(33, r->connection->log);
        ngx_http_canary_result = ngx_http_canary_bytes[33];
        break;

    case 'p':
        ngx_http_canary_bytes = ngx_pnalloc(r->pool, 33);
        ngx_http_canary_result = ngx_http_canary_bytes[33];
        break;

    case 'f':
        ngx_http_canary_bytes = ngx_alloc(33, r->connection->log);
        ngx_free((void *) ngx_http_canary_bytes);
        ngx_http_canary_result = ngx_http_canary_bytes[1];
        break;

    case 'u':
        ngx_http_canary_result = most + (int) r->main->count;
        break;

    case 'l':
        ngx_http_canary_bytes = ngx_alloc(333, r->connection->log);
        ngx_http_canary_bytes = NULL;
        break;
    }

    return NGX_HTTP_NO_CONTENT;
}


static void *
ngx_http_canary_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_canary_loc_conf_t));
}


static char *
ngx_http_canary(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_canary_handler;

    return ngx_conf_set_str_slot(cf, cmd, conf);
}
