#include "ngx_module/signalling/public_room.h"

#include <new>

#include "ngx_module/signalling/unity_party.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"

namespace onair::ngx {

using signalling::Seat;
using signalling::Space;

class PublicRoom {
  public:
    explicit PublicRoom(std::string_view name) : name_(name)
    {
        next_ = first;
        first = this;
        tell_others_of(1);
    }
    ~PublicRoom()
    {
        PublicRoom** at = &first;
        while (*at != this) {
            at = &(*at)->next_;
        }
        *at = next_;
        tell_others_of(0);
    }

    static PublicRoom* find(std::string_view name)
    {
        for (PublicRoom* room = first; room != nullptr; room = room->next_) {
            if (room->name_ == name) {
                return room;
            }
        }
        return nullptr;
    }

    void add(PublicMember* member)
    {
        member->room_ = this;
        member->next_ = members_;
        if (members_ != nullptr) {
            members_->prev_ = member;
        }
        members_ = member;
    }
    void remove(PublicMember* member)
    {
        PublicMember* next = member->next_;
        PublicMember* prev = member->prev_;
        (prev != nullptr ? prev->next_ : members_) = next;
        if (next != nullptr) {
            next->prev_ = prev;
        }
        member->next_ = member->prev_ = nullptr;
        member->room_ = nullptr;
    }
    bool empty() const { return members_ == nullptr; }

    // Hearing destroys nobody at once.
    template <typename Visit>
    void each(Visit visit)
    {
        for (PublicMember* m = members_; m != nullptr; m = m->next_) {
            visit(m->party_);
        }
    }

  private:
    // A seat that is busy is busy for those who stand still; the next member
    // to come or go sets it right.
    void tell_others_of(uint64_t count) const
    {
        uint64_t key =
            seats()->key_of_worker(Space::kHere, name_, worker_index());
        for (int i = 0; i < 8; i++) {
            Outcome done = seats()->change(
                Space::kHere, key, author(), [count](Seat* seat) {
                    *seat = Seat();
                    seat->first = count != 0 ? own_handle() : 0;
                    seat->extra = count;
                });
            if (done.ok() || done.fault() != Fault::kBusy) {
                return;
            }
        }
    }

    static PublicRoom* first;
    // LIFETIME: a member's configuration; replaced with the first member.
    std::string_view name_;
    PublicMember* members_ = nullptr;
    PublicRoom* next_ = nullptr;
};

PublicRoom* PublicRoom::first;

bool PublicMember::join(std::string_view name)
{
    PublicRoom* room = PublicRoom::find(name);
    if (room == nullptr) {
        void* at = ngx_alloc(sizeof(PublicRoom), ngx_cycle->log);
        if (at == nullptr) {
            return false;
        }
        // SAFETY: fresh memory; destroyed with its last member.
        room = new (at) PublicRoom(name);
    }
    room->add(this);
    Mail mail;
    mail.news = News::kCame;
    mail.from = party_->handle();
    mail.texts[4] = name;
    each_place([&mail](size_t place) {
        if (place == worker_index()) {
            tell_newcomer(mail);
        } else {
            post(place, mail);
        }
    });
    return true;
}

void PublicMember::leave()
{
    PublicRoom* room = room_;
    if (room == nullptr) {
        return;
    }
    room->remove(this);
    if (room->empty()) {
        room->~PublicRoom();
        ngx_free(room);
    }
}

void say_in_public(const Mail& mail)
{
    each_place([&mail](size_t place) {
        if (place == worker_index()) {
            tell_public_room(mail);
            return;
        }
        uint64_t key =
            seats()->key_of_worker(Space::kHere, room_of(mail), place);
        if (seats()->look(key).extra != 0) {
            post(place, mail);
        }
    });
}

void tell_public_room(const Mail& mail)
{
    PublicRoom* room = PublicRoom::find(room_of(mail));
    if (room != nullptr) {
        room->each([&mail](UnityParty* party) {
            if (party->handle() != mail.from) {
                party->hear(mail);
            }
        });
    }
}

void tell_newcomer(const Mail& mail)
{
    PublicRoom* room = PublicRoom::find(room_of(mail));
    if (room != nullptr) {
        room->each([&mail](UnityParty* party) {
            if (party->handle() != mail.from) {
                party->tell_all_kept(mail.from);
            }
        });
    }
}

}  // namespace onair::ngx
