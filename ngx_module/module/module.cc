// What nginx calls: the tables that make this a module, and the life of a
// worker in the order in which its parts need each other.

#include "ngx_module/base/cross_origin.h"
#include "ngx_module/base/wheel.h"
#include "ngx_module/centrifuge/mailbox.h"
#include "ngx_module/conf/conf.h"
#include "ngx_module/engine/engines.h"
#include "ngx_module/fanout/fanout.h"
#include "ngx_module/fanout/watch.h"
#include "ngx_module/module/check.h"
#include "ngx_module/module/directives.h"
#include "ngx_module/poller/poll_request.h"
#include "ngx_module/poller/poller.h"
#include "ngx_module/poller/unheeded.h"
#include "ngx_module/room/hall.h"
#include "ngx_module/signalling/hub.h"
#include "ngx_module/signalling/post.h"
#include "ngx_module/sound/relay.h"
#include "ngx_module/status/variables.h"
#include "ngx_module/subscriber/drain.h"
#include "ngx_module/subscriber/held_request.h"
#include "ngx_module/subscriber/subscriber.h"
#include "ngx_module/zone/life.h"
#include "ngx_module/zone/notifier.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"

namespace onair::ngx {

namespace {

ngx_int_t before_configuration(ngx_conf_t* cf) noexcept
{
    return add_variables(cf);
}

ngx_int_t after_configuration(ngx_conf_t* cf) noexcept
{
    if (install_poll_filters(cf) != NGX_OK ||
        watch_post_actions(cf) != NGX_OK || check_conf(cf) != NGX_OK) {
        return NGX_ERROR;
    }
    install_cross_origin_filter();
    say_unheeded(cf);
    auto* main = static_cast<MainConf*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_onair_module));
    if (main->signals && make_posts(cf->log) != NGX_OK) {
        return NGX_ERROR;
    }
    // SAFETY: nginx keeps the core module's configuration there.
    auto* core = reinterpret_cast<ngx_core_conf_t*>(
        ngx_get_conf(cf->cycle->conf_ctx, ngx_core_module));
    return main->converses ? make_mailboxes(core->worker_processes, cf->log)
                           : NGX_OK;
}

ngx_int_t in_master(ngx_cycle_t* cycle) noexcept
{
    const MainConf* main = main_conf(cycle);
    if (main == nullptr || !main->used) {
        return NGX_OK;
    }
    let_replaced_zones_go(main);
    make_lives(cycle);
    return NGX_OK;
}

void leave()
{
    if (draining()) {
        return;
    }
    set_worker_leaving();
    leave_polls();
    leave_engines();
    start_drain();
}

void look()
{
    look_at_zones();
    read_mail();
    look_at_rooms();
    look_at_engines();
    look_at_signalling();
}

void count_here()
{
    count_everybody();
    count_listeners();
}

constexpr Wakes kWakes = {look, look_at_polls, count_here, leave};

bool serves_http()
{
    return ngx_process == NGX_PROCESS_WORKER ||
           ngx_process == NGX_PROCESS_SINGLE;
}

ngx_int_t in_worker(ngx_cycle_t* cycle) noexcept
{
    if (!serves_http()) {
        return NGX_OK;
    }
    if (start_worker(cycle) != NGX_OK) {
        return NGX_ERROR;
    }
    if (!worker_started()) {
        return NGX_OK;
    }
    watch_poll_answers();
    start_signalling();
    start_wheel();
    start_fanout();
    if (start_relays(cycle) != NGX_OK || start_watch(cycle) != NGX_OK ||
        start_poller(cycle) != NGX_OK || start_hall(cycle) != NGX_OK ||
        start_engines(cycle) != NGX_OK ||
        start_notifier(cycle, kWakes) != NGX_OK) {
        return NGX_ERROR;
    }
    return NGX_OK;
}

void worker_ends(ngx_cycle_t* cycle) noexcept
{
    (void)cycle;
    if (!worker_started()) {
        return;
    }
    set_worker_leaving();
    end_polls();
    stop_drain();
    stop_signalling();
    retire_everybody();
    stop_poller();
    stop_engines();
    stop_notifier();
    stop_hall();
    stop_watch();
    stop_fanout();
    stop_relays();
    stop_wheel();
    stop_worker();
}

ngx_http_module_t context = {
    before_configuration,  // preconfiguration
    after_configuration,   // postconfiguration

    create_main_conf,  // create main configuration
    init_main_conf,    // init main configuration

    nullptr,  // create server configuration
    nullptr,  // merge server configuration

    create_loc_conf,  // create location configuration
    merge_loc_conf    // merge location configuration
};

}  // namespace

}  // namespace onair::ngx

ngx_module_t ngx_http_onair_module = {
    NGX_MODULE_V1,
    &onair::ngx::context,     // module context
    onair::ngx::directives,   // module directives
    NGX_HTTP_MODULE,          // module type
    nullptr,                  // init master
    onair::ngx::in_master,    // init module
    onair::ngx::in_worker,    // init process
    nullptr,                  // init thread
    nullptr,                  // exit thread
    onair::ngx::worker_ends,  // exit process
    nullptr,                  // exit master
    NGX_MODULE_V1_PADDING};
