#include "ngx_module/centrifuge/push_stream.h"

#include "ngx_module/centrifuge/words.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

using centrifuge::Dialect;

namespace {

// Answers that wait for a client that does not read; then it has to come again.
constexpr size_t kMostWaiting = size_t{1} << 20;

FramePtr joined(const FramePtr& a, const FramePtr& b)
{
    if (!a) {
        return b;
    }
    Text both;
    both.add(text_of(a->bytes()));
    both.add(text_of(b->bytes()));
    return both.good() ? wrapped(both.view(), Encoding::kBody) : FramePtr();
}

}  // namespace

template <typename Base>
const FramePtr& Pushing<Base>::beat() noexcept
{
    return centrifuge_beat(this->encoding());
}

template <typename Base>
FramePtr Pushing<Base>::goodbye() noexcept
{
    return centrifuge_goodbye(dialect_, this->encoding(),
                              centrifuge::kShutdown);
}

template <typename Base>
centrifuge::Closing Answering<Base>::obey_here(std::string_view commands,
                                               Text* out)
{
    Conversation conversation;
    conversation.connected = connected_;
    conversation.talker = talker_.get();
    conversation.session = session();
    conversation.node = node();
    centrifuge::Closing closing = obey(this, &conversation, commands, out);
    connected_ = conversation.connected;
    return closing;
}

template <typename Base>
bool Answering<Base>::introduce(const Introduction& introduction)
{
    if (this->conf()->room != nullptr) {
        talker_ =
            make_talker(this->conf(), introduction, this, this->encoding());
    }
    return this->conf()->room == nullptr || talker_ != nullptr;
}

template <typename Base>
void Answering<Base>::on_retire() noexcept
{
    if (talker_ != nullptr) {
        part_all(talker_.get(), false);
    }
}

// Answers go first.
template <typename Base>
bool Answering<Base>::send_of_rooms(const FramePtr& frame) noexcept
{
    if (waiting_ || !this->say(frame)) {
        return false;
    }
    this->count_message();
    return true;
}

template <typename Base>
void Answering<Base>::end_for_rooms(const centrifuge::Closing& closing) noexcept
{
    if (this->over()) {
        return;
    }
    this->reason = closing.code == centrifuge::kSlow.code
                       ? Reason::kStalled
                       : Reason::kProtocolError;
    this->finish_with(
        centrifuge_goodbye(Dialect::kBi, this->encoding(), closing));
}

template <typename Base>
centrifuge::Closing Answering<Base>::begin(std::string_view commands, Text* out)
{
    centrifuge::Closing closing = obey_here(commands, out);
    bool good = closing.code != 0 || connected_;
    return good ? closing : centrifuge::kBadRequestEnd;
}

template <typename Base>
void Answering<Base>::hear(std::string_view commands) noexcept
{
    if (this->over()) {
        return;
    }
    Text lines;
    centrifuge::Closing closing = obey_here(commands, &lines);
    FramePtr answer = wrap_lines(lines.view(), Dialect::kBi, this->encoding());
    waiting_ = lines.empty() ? waiting_ : joined(waiting_, answer);
    bool slow = waiting_ && waiting_->size() > kMostWaiting;
    if (slow || closing.code != 0) {
        count(slot::Total::kProtocolErrors);
        this->reason = Reason::kProtocolError;
        this->finish_with(
            centrifuge_goodbye(Dialect::kBi, this->encoding(),
                               slow ? centrifuge::kSlow : closing));
        return;
    }
    Answering<Base>::on_sent();
}

template <typename Base>
void Answering<Base>::on_sent() noexcept
{
    if (waiting_ && this->say(waiting_)) {
        waiting_.reset();
        this->count_message();
    }
    if (talker_ != nullptr) {
        talker_->send_waiting();
    }
}

template class Pushing<SseStream>;
template class Pushing<SseRequest>;
template class Answering<SseStream>;
template class Answering<SseRequest>;

}  // namespace onair::ngx
