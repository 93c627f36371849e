#include "ngx_module/poller/unheeded.h"

#include "ngx_module/base/str.h"
#include "ngx_module/conf/conf.h"

namespace onair::ngx {

namespace {

// The value of each begins with a pointer or a length, null where the directive
// is not in force.
constexpr std::string_view kUnheeded[] = {
    "allow",  "deny",        "auth_basic",      "auth_request",
    "mirror", "post_action", "add_before_body", "add_after_body",
};

struct Directive {
    const ngx_module_t* module;
    const ngx_command_t* command;
};

// The module's own table says where the value is. No module where this nginx
// has no such directive.
Directive directive_called(const ngx_cycle_t* cycle, std::string_view name)
{
    for (ngx_uint_t i = 0; cycle->modules[i] != nullptr; i++) {
        const ngx_module_t* module = cycle->modules[i];
        if (module->type != NGX_HTTP_MODULE || module->commands == nullptr) {
            continue;
        }
        for (const ngx_command_t* c = module->commands; c->name.len > 0; c++) {
            if (view(c->name) == name && c->conf == NGX_HTTP_LOC_CONF_OFFSET) {
                return {module, c};
            }
        }
    }
    return {};
}

struct Value {
    uintptr_t words[2];
};

Value value_of(const Directive& directive, void** confs)
{
    Value value;
    const auto* at =
        static_cast<const u_char*>(confs[directive.module->ctx_index]);
    ngx_memcpy(&value, at + directive.command->offset, sizeof(value));
    return value;
}

// In the location, and not by its server.
bool is_stated(const Directive& directive, const PollConf* poll)
{
    auto* server = static_cast<ngx_http_core_srv_conf_t*>(
        poll->ctx->srv_conf[ngx_http_core_module.ctx_index]);
    Value here = value_of(directive, poll->ctx->loc_conf);
    Value there = value_of(directive, server->ctx->loc_conf);
    return here.words[0] != 0 &&
           (here.words[0] != there.words[0] || here.words[1] != there.words[1]);
}

}  // namespace

void say_unheeded(ngx_conf_t* cf)
{
    auto* main = static_cast<MainConf*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_onair_module));
    auto** polls = static_cast<PollConf**>(main->polls.elts);
    for (std::string_view name : kUnheeded) {
        Directive directive = directive_called(cf->cycle, name);
        for (ngx_uint_t i = 0; i < main->polls.nelts; i++) {
            const PollConf* poll = polls[i];
            if (directive.module != nullptr && is_stated(directive, poll)) {
                ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                              "\"%V\" does not apply to polls of location "
                              "\"%V\" in %V:%ui",
                              &directive.command->name, &poll->location,
                              &poll->file, poll->line);
            }
        }
    }
}

}  // namespace onair::ngx
