#include "ngx_module/subscriber/held_request.h"

#include <initializer_list>

namespace onair::ngx {

bool HeldRequest::hold() noexcept
{
    cleanup_ = ngx_http_cleanup_add(r_, 0);
    if (cleanup_ == nullptr) {
        return false;
    }
    cleanup_->handler = on_cleanup;
    cleanup_->data = this;
    r_->main->count++;
    return true;
}

void HeldRequest::let_go() noexcept
{
    if (cleanup_ != nullptr) {
        cleanup_->handler = nullptr;
        cleanup_ = nullptr;
    }
}

bool HeldRequest::move_to(ngx_http_request_t* r) noexcept
{
    ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r, 0);
    if (cleanup == nullptr) {
        return false;
    }
    let_go();
    cleanup->handler = on_cleanup;
    cleanup->data = this;
    cleanup_ = cleanup;
    r->count = 1;
    r_ = r;
    return true;
}

void HeldRequest::finalize(ngx_int_t rc) noexcept
{
    if (over()) {
        return;
    }
    let_go();
    ngx_connection_t* c = r_->connection;
    ngx_http_finalize_request(r_, rc);
    // nginx does so after its own handlers; the second time nothing is left.
    ngx_http_run_posted_requests(c);
}

// nginx terminates or frees the request.
void HeldRequest::on_cleanup(void* self) noexcept
{
    auto* held = static_cast<HeldRequest*>(self);
    if (!held->over()) {
        held->let_go();
        held->ended_(held->holder_);
    }
}

// A post_action begins: nginx has finalised the request, and the memory stays.
ngx_int_t HeldRequest::on_phase(ngx_http_request_t* r) noexcept
{
    if (is_post_action(r) && r == r->main) {
        for (ngx_http_cleanup_t* cleanup = r->cleanup; cleanup != nullptr;
             cleanup = cleanup->next) {
            if (cleanup->handler == on_cleanup) {
                on_cleanup(cleanup->data);
            }
        }
    }
    return NGX_DECLINED;
}

// Both phases, as a post_action is an URI or a named location. Handlers added
// last are asked first.
ngx_int_t watch_post_actions(ngx_conf_t* cf)
{
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
    for (int phase : {NGX_HTTP_SERVER_REWRITE_PHASE, NGX_HTTP_REWRITE_PHASE}) {
        auto* handler = static_cast<ngx_http_handler_pt*>(
            ngx_array_push(&core->phases[phase].handlers));
        if (handler == nullptr) {
            return NGX_ERROR;
        }
        *handler = HeldRequest::on_phase;
    }
    return NGX_OK;
}

}  // namespace onair::ngx
