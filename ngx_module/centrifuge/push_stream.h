// Streams of Centrifugo's protocol over HTTP: events, or lines of JSON. Over
// HTTP/1.x the connection is given back, over HTTP/2 and HTTP/3 the request
// stays, as with our own events. Those of the bidirectional dialect are spoken
// to by requests of their own (mailbox.h).
#pragma once

#include <utility>

#include "centrifuge/reply.h"
#include "ngx_module/centrifuge/dialogue.h"
#include "ngx_module/centrifuge/mailbox.h"
#include "ngx_module/centrifuge/talker.h"
#include "ngx_module/subscriber/subscriber_sse.h"

namespace onair::ngx {

// How a stream of either kind talks; `Base` is what carries it.
template <typename Base>
class Pushing : public Base {
  public:
    template <typename... Args>
    explicit Pushing(centrifuge::Dialect dialect, Args&&... args) noexcept
        : Base(std::forward<Args>(args)...), dialect_(dialect)
    {}
    centrifuge::Dialect dialect() const { return dialect_; }

  protected:
    const FramePtr& beat() noexcept override;
    FramePtr goodbye() noexcept override;

  private:
    centrifuge::Dialect dialect_;
};

// What commands are sent to: their answers wait for what is under way.
template <typename Base>
class Answering final : public Pushing<Base>,
                        public Addressee,
                        public TalkerLine {
  public:
    template <typename... Args>
    explicit Answering(Args&&... args) noexcept
        : Pushing<Base>(centrifuge::Dialect::kBi, std::forward<Args>(args)...)
    {}

    // It may enter rooms. False without memory.
    bool introduce(const Introduction& introduction);
    // The first commands, which come with the request; answers go into `out`.
    centrifuge::Closing begin(std::string_view commands, Text* out);

  protected:
    void hear(std::string_view commands) noexcept override;
    void on_sent() noexcept override;
    void on_retire() noexcept override;
    bool send_of_rooms(const FramePtr& frame) noexcept override;
    void end_for_rooms(const centrifuge::Closing& closing) noexcept override;

  private:
    centrifuge::Closing obey_here(std::string_view commands, Text* out);

    bool connected_ = false;
    FramePtr waiting_;
    TalkerPtr talker_;  // where there are rooms
};

using UniStream = Pushing<SseStream>;
using UniRequest = Pushing<SseRequest>;
using BiStream = Answering<SseStream>;
using BiRequest = Answering<SseRequest>;

extern template class Pushing<SseStream>;
extern template class Pushing<SseRequest>;
extern template class Answering<SseStream>;
extern template class Answering<SseRequest>;

}  // namespace onair::ngx
