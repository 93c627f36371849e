#include "ngx_module/sound/recital.h"

#include "sound/found.h"
#include "sound/page_text.h"

namespace onair::ngx {

using sound::Cursor;

namespace {

// A record of TLS.
constexpr size_t kMost = size_t{15} * 1024;

}  // namespace

FramePtr Recital::begin(Relay* relay)
{
    char room[sound::kMostInfo];
    Result<sound::Info> info = relay->ring().info(room);
    char text[sound::kMostPageText];
    Writer out(text);
    sound::write_beginning(out, info ? *info : sound::Info{},
                           {burst_ms_, cursor_.position()});
    return wrap_words(wrap_, "sound", out.view());
}

FramePtr Recital::head(Relay* relay, uint32_t generation)
{
    static uint8_t pages[sound::kMaxSoundHead];
    Result<ConstBytes> head = relay->ring().head(generation, pages);
    if (!head) {
        return {};
    }
    char text[sound::kMostPageText];
    Writer out(text);
    sound::write_head_size(out, head->size());
    FramePtr bytes = wrap_sound(wrap_, *head, cursor_.position());
    return bytes ? wrap_words(wrap_, "head", out.view(), bytes) : FramePtr();
}

Recital::Next Recital::next(Relay* relay)
{
    Cursor::Step step = cursor_.next(relay->reader(), kMost);
    moved_ += relay->note_moves(&cursor_);
    if (step.what == Cursor::What::kEnd) {
        return {{}, true};
    }
    if (step.what == Cursor::What::kNothing) {
        return {};
    }
    if (cursor_.position() != follows_) {
        FramePtr frame = begin(relay);
        follows_ = frame ? cursor_.position() : follows_;
        return {frame};
    }
    if (step.what == Cursor::What::kHead) {
        cursor_.head_sent();
        FramePtr pages = head(relay, step.head);
        // Without them there is nothing to be heard: it is gone by now.
        return {pages, !pages};
    }
    if (step.run.cue != told_cue_) {
        FramePtr words = relay->words(step.run.cue, wrap_);
        told_cue_ = step.run.cue;
        if (words) {
            return {words};
        }
    }
    FramePtr frame = relay->wrapped(wrap_, cursor_.position(), step.run.bytes);
    if (frame) {
        cursor_.sent(step.run.bytes.size());
        follows_ = cursor_.position();
    }
    return {frame};
}

}  // namespace onair::ngx
