// The rooms of one connection of Centrifugo's protocol, whatever carries it: on
// the channel room:NAME it is a member like those who came by onair_room. Made
// where the location has onair_room beside onair_centrifuge; owned by its
// connection, and leaves its rooms with it.
#pragma once

#include <memory>

#include "centrifuge/reply.h"
#include "centrifuge/session.h"
#include "ngx_module/base/text.h"
#include "ngx_module/room/guest.h"
#include "ngx_module/room/queue.h"

namespace onair::ngx {

// What a connection does for its talker.
class TalkerLine {
  public:
    // Sends at once; false while something else is under way. Then the
    // connection calls send_waiting() when that has gone.
    virtual bool send_of_rooms(const FramePtr& frame) noexcept = 0;
    virtual void end_for_rooms(const centrifuge::Closing& closing) noexcept = 0;

  protected:
    ~TalkerLine() = default;
};

class Talker final : public Guest {
  public:
    Talker(const LocConf* conf, TalkerLine* line, Encoding encoding) noexcept;
    ~Talker() { part_all(this, false); }

    // Who the client is and which room it may enter, as its request says; the
    // texts are copied. False without memory.
    bool begin(const Identity& identity, std::string_view only);

    bool may_enter(std::string_view room) const;

    void push(const FramePtr& frame) noexcept override;
    Encoding form() const noexcept override { return encoding_; }
    const LocConf* location() const noexcept override { return conf_; }
    void dismiss(std::string_view why) noexcept override;
    const Tongue* tongue() const noexcept override;
    bool comes_back(Membership* membership) noexcept override;

    // Frames wait for what is under way; an answer has to wait behind them.
    bool waits() const { return !queue_.empty(); }
    void send_waiting() noexcept;

    // Does what a command asks of a room; the answer goes into `out`. Returns
    // how the connection has to end; code 0: it goes on.
    centrifuge::Closing obey(const centrifuge::Command& command,
                             std::string_view room, Text* out);

  private:
    using Command = centrifuge::Command;
    room::Verdict subscribe(const Command& command, std::string_view room,
                            Text* out);
    room::Verdict ask(const Command& command, Membership* m, Text* out);
    room::Verdict publish(const Command& command, Membership* m, Text* out);
    room::Verdict list(const Command& command, Membership* m, Text* out) const;
    room::Verdict history(const Command& command, Membership* m,
                          Text* out) const;
    void let_go(const centrifuge::Closing& closing) noexcept;

    const LocConf* conf_;
    TalkerLine* line_;
    Queue queue_;
    Encoding encoding_;
    bool obeying_ = false;
    centrifuge::Closing ended_;  // while it obeys
    size_t only_size_ = 0;       // 0: any room
    char only_[kMaxName];
};

struct FreeTalker {
    void operator()(Talker* talker) const noexcept;
};
using TalkerPtr = std::unique_ptr<Talker, FreeTalker>;

// What a request says of the member that its connection is to be.
struct Introduction {
    Identity identity;
    std::string_view only;  // the room that the location names
};
// NGX_OK, or what the handler is to return.
ngx_int_t introduce(ngx_http_request_t* r, const LocConf* conf,
                    Introduction* out);
// nullptr without memory.
TalkerPtr make_talker(const LocConf* conf, const Introduction& introduction,
                      TalkerLine* line, Encoding encoding);

}  // namespace onair::ngx
