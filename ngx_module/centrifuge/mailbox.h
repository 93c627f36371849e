// What a client of a stream says comes by requests of their own, to any worker;
// it is passed on to the one that holds the stream. A pair of sockets for each
// place in the roster that so many workers come to have, made by the master
// before the fork: what is in one when its worker dies is read by the next and
// means nothing to it.
#pragma once

#include <string_view>

#include "ngx_module/base/ngx.h"
#include "slot/roster.h"

namespace onair::ngx {

inline constexpr size_t kMailboxes = slot::kMaxWorkers;

// In the master, while the configuration can still be refused; more are made
// when a reload brings more workers. Not positive: not known yet.
ngx_int_t make_mailboxes(ngx_int_t workers, ngx_log_t* log);

// Where commands for streams of this worker are sent to; false: nowhere.
bool own_mailbox(size_t* out);

// Passes commands on and wakes who they are for. False: there is no such
// worker, or it has more to read than it takes.
bool send_mail(size_t mailbox, std::string_view session,
               std::string_view commands);

// Reads what there is in this worker's; called when it is woken, and now and
// then.
void read_mail();

// A stream of this worker that commands are sent to. It leaves the list when
// it ends.
class Addressee {
  public:
    Addressee() noexcept;
    Addressee(const Addressee&) = delete;
    Addressee& operator=(const Addressee&) = delete;

    std::string_view session() const { return {session_, sizeof(session_)}; }
    // "3": the mailbox; a view of this object. Empty: there is none.
    std::string_view node() const { return {node_, node_size_}; }

  protected:
    ~Addressee();
    // May end the stream.
    virtual void hear(std::string_view commands) noexcept = 0;

  private:
    friend bool deliver_mail(std::string_view session,
                             std::string_view commands);
    char session_[32];
    char node_[3];
    size_t node_size_ = 0;
    Addressee* next_ = nullptr;
    Addressee** place_ = nullptr;
};

}  // namespace onair::ngx
