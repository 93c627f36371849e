#include "ngx_module/centrifuge/mailbox.h"

#include <sys/socket.h>

#include <algorithm>

#include "centrifuge/command.h"
#include "encoder/number.h"
#include "ngx_module/base/descriptor.h"
#include "ngx_module/base/str.h"
#include "ngx_module/centrifuge/dialogue.h"
#include "ngx_module/zone/notifier.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

struct Mailbox {
    Descriptor in;   // of its worker
    Descriptor out;  // of all others
};

Mailbox g_mailboxes[kMailboxes];
size_t g_made;

// Each pair costs descriptors of the master and of every worker.
constexpr size_t kLeastMailboxes = 32;
constexpr size_t kGenerations = 4;  // of workers that overlap in reloads

constexpr size_t kBuckets = 1024;
Addressee* g_addressees[kBuckets];

constexpr size_t kSession = 32;
constexpr size_t kMostMail = kSession + centrifuge::kMaxRequest;

// The session is random: any part of it will do.
Addressee** bucket(std::string_view session)
{
    return &g_addressees[hash(session) % kBuckets];
}

// A worker reads its own only; what it inherited of the others costs it
// descriptors. The master keeps all for those that are to come.
void close_others(size_t own)
{
    static bool closed;
    if (closed || ngx_process != NGX_PROCESS_WORKER) {
        return;
    }
    closed = true;
    for (size_t i = 0; i < g_made; i++) {
        if (i != own) {
            g_mailboxes[i].in.drop();
        }
    }
}

bool open_pair(Mailbox& mailbox)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                   pair) == -1) {
        return false;
    }
    return mailbox.in.take(pair[0]) && mailbox.out.take(pair[1]);
}

}  // namespace

ngx_int_t make_mailboxes(ngx_int_t workers, ngx_log_t* log)
{
    size_t wanted = kLeastMailboxes;
    if (workers > 0) {
        wanted = std::max(wanted, kGenerations * static_cast<size_t>(workers));
    }
    for (; g_made < std::min(wanted, kMailboxes); g_made++) {
        if (!open_pair(g_mailboxes[g_made])) {
            ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                          "onair: socketpair() failed");
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}

bool own_mailbox(size_t* out)
{
    *out = worker_index();
    return *out < g_made;
}

bool send_mail(size_t mailbox, std::string_view session,
               std::string_view commands)
{
    if (mailbox >= g_made || session.size() != kSession ||
        commands.size() > centrifuge::kMaxRequest || !is_worker(mailbox)) {
        return false;
    }
    iovec parts[2] = {{const_cast<char*>(session.data()), session.size()},
                      {const_cast<char*>(commands.data()), commands.size()}};
    msghdr message = {};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    auto size = static_cast<ssize_t>(session.size() + commands.size());
    if (sendmsg(g_mailboxes[mailbox].out.get(), &message, MSG_NOSIGNAL) !=
        size) {
        return false;
    }
    if (mailbox == worker_index()) {
        read_mail();
    } else {
        wake_worker(mailbox);
    }
    return true;
}

bool deliver_mail(std::string_view session, std::string_view commands)
{
    for (Addressee* one = *bucket(session); one != nullptr; one = one->next_) {
        if (one->session() == session) {
            one->hear(commands);
            return true;
        }
    }
    return false;
}

void read_mail()
{
    size_t own;
    static char* room;
    if (!own_mailbox(&own)) {
        return;
    }
    close_others(own);
    if (room == nullptr) {
        room = static_cast<char*>(ngx_alloc(kMostMail, ngx_cycle->log));
    }
    while (room != nullptr) {
        ssize_t n = recv(g_mailboxes[own].in.get(), room, kMostMail, 0);
        if (n < static_cast<ssize_t>(kSession)) {
            return;
        }
        deliver_mail({room, kSession},
                     {room + kSession, static_cast<size_t>(n) - kSession});
    }
}

Addressee::Addressee() noexcept
{
    Token token = new_token();
    copy_bytes(session_, token.digits, sizeof(session_));
    size_t mailbox = 0;
    if (own_mailbox(&mailbox)) {
        Writer out(node_);
        encoder::write_unsigned(out, mailbox);
        node_size_ = out.size();
    }
    place_ = bucket(session());
    next_ = *place_;
    if (next_ != nullptr) {
        next_->place_ = &next_;
    }
    *place_ = this;
}

Addressee::~Addressee()
{
    *place_ = next_;
    if (next_ != nullptr) {
        next_->place_ = place_;
    }
}

}  // namespace onair::ngx
