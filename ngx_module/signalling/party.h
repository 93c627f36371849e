// A connection or session that is spoken to by others, whichever worker they
// are at; and what this worker hears for those it has. A party is found by its
// handle as long as it exists.
#pragma once

#include "ngx_module/base/ngx.h"
#include "ngx_module/signalling/memory.h"
#include "signalling/mail.h"
#include "signalling/seating.h"

namespace onair::ngx {

using signalling::Handle;
using signalling::Mail;
using signalling::News;

class Party {
  public:
    // Only while can_have_parties().
    Party() noexcept;
    Party(const Party&) = delete;
    Party& operator=(const Party&) = delete;

    Handle handle() const { return handle_; }
    virtual void hear(const Mail& mail) noexcept = 0;
    // The process ends with its connections open: leaves its seats.
    virtual void give_up() noexcept = 0;
    // The same in a moment: somebody may be going through a list of them.
    void give_up_soon() noexcept;

  protected:
    ~Party();

  private:
    friend Party* find_party(Handle handle);
    friend void give_up_all(bool only_asked);
    bool gives_up_ = false;
    Handle handle_;
    Party* next_ = nullptr;
    Party** place_ = nullptr;
};

// Whether this worker has a place that others can write to.
bool can_have_parties();
// nullptr: it is gone, or another worker's.
Party* find_party(Handle handle);
// Or only those that asked for it.
void give_up_all(bool only_asked);

// Takes mail.to to the worker that has it; at once where that is this one.
void carry(const Mail& mail);
// Calls visit(place) for each worker that may have parties, this one included.
template <typename Visit>
void each_place(Visit visit);

// The worker's own number for what it counts in the seats.
Handle own_handle();
uint64_t new_stamp();

// A pair is left: the other one is told, now, or when the seat can be changed.
// `broken`: without a word; a pair that is held waits then.
void leave_pair(uint64_t key, Handle who, bool broken = false);
// `who` is left of a pair that waits: it is told in time that nobody came back.
void await_return(uint64_t key, Handle who);
void end_waits();

}  // namespace onair::ngx

#include "ngx_module/signalling/post.h"
#include "ngx_module/zone/notifier.h"

namespace onair::ngx {

template <typename Visit>
void each_place(Visit visit)
{
    for (size_t place = 0; place < kPosts; place++) {
        if (is_worker(place)) {
            visit(place);
        }
    }
}

}  // namespace onair::ngx
