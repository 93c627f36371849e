#include "ngx_module/subscriber/held_subrequests.h"

namespace onair::ngx {

void HeldSubrequests::hold(ngx_http_request_t* r) noexcept
{
    ngx_http_posted_request_t** end = &posted_;
    while (*end != nullptr) {
        end = &(*end)->next;
    }
    *end = r->main->posted_requests;
    r->main->posted_requests = nullptr;
    for (ngx_http_posted_request_t* p = *end; p != nullptr; p = p->next) {
        if (p->request->write_event_handler == ngx_http_handler) {
            p->request->write_event_handler = ngx_http_request_empty_handler;
        }
    }
}

void HeldSubrequests::give_back(ngx_http_request_t* r) noexcept
{
    for (ngx_http_posted_request_t* p = posted_; p != nullptr; p = p->next) {
        if (p->request->write_event_handler == ngx_http_request_empty_handler) {
            p->request->write_event_handler = ngx_http_handler;
        }
    }
    ngx_http_posted_request_t** end = &r->main->posted_requests;
    while (*end != nullptr) {
        end = &(*end)->next;
    }
    *end = posted_;
    posted_ = nullptr;
}

}  // namespace onair::ngx
