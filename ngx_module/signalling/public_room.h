// The parties of a public server that this worker has: what is offered goes to
// all of them, and whoever is new is told what nobody has answered yet.
#pragma once

#include <string_view>

#include "ngx_module/signalling/party.h"

namespace onair::ngx {

class PublicRoom;
class UnityParty;

// Membership of a party; a member object of it.
class PublicMember {
  public:
    explicit PublicMember(UnityParty* party) : party_(party) {}
    ~PublicMember() { leave(); }
    PublicMember(const PublicMember&) = delete;
    PublicMember& operator=(const PublicMember&) = delete;

    // `room` lives as long as the configuration. False without memory.
    bool join(std::string_view room);
    void leave();

  private:
    friend class PublicRoom;
    UnityParty* party_;
    PublicRoom* room_ = nullptr;
    PublicMember* next_ = nullptr;
    PublicMember* prev_ = nullptr;
};

// To all of room_of(mail), at all workers, but mail.from.
void say_in_public(const Mail& mail);
// What came from another worker: to those of this one.
void tell_public_room(const Mail& mail);
void tell_newcomer(const Mail& mail);

}  // namespace onair::ngx
