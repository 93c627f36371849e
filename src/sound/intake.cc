#include "sound/intake.h"

#include <algorithm>
#include <cstring>

#include "base/utf8.h"
#include "source/track.h"

namespace onair::sound {

namespace {

// Bytes that a start may lie behind what the framer has had: a whole page.
constexpr size_t kMostLag = 27 + 255 + 255 * 255;

}  // namespace

// Frames and clusters that nobody may begin with are of no use to those who
// listen either; an Ogg stream begins with pages that others have to hear of.
bool Intake::passes_unframed() const
{
    return framer_.kind() == Kind::kOgg;
}

Outcome Intake::take(ConstBytes bytes)
{
    while (!bytes.empty()) {
        size_t part = std::min(bytes.size(), kMostChunk);
        Outcome done = make_room(part);
        if (done) {
            done = take_part(bytes.first(part));
        }
        if (!done) {
            return done;
        }
        bytes = bytes.subspan(part);
    }
    return Done{};
}

Outcome Intake::make_room(size_t size)
{
    if (size_ + size <= kStaged) {
        return Done{};
    }
    Outcome done = flush();
    if (done && size_ + size > kStaged) {
        done = write_to(base_ + size_ - kMostLag);
    }
    return done;
}

Outcome Intake::take_part(ConstBytes part)
{
    copy_bytes(staged_ + size_, part.data(), part.size());
    size_ += part.size();
    ConstBytes rest = part;
    for (;;) {
        size_t before = rest.size();
        Found found = framer_.next(rest);
        given_ += before - rest.size();
        if (found.what == Found::What::kNone) {
            break;
        }
        Outcome done = note(found);
        if (!done) {
            return done;
        }
    }
    if (framer_.kind() == Kind::kWebm && started_) {
        // A cluster goes out as it comes; its head may be in the last bytes.
        constexpr uint64_t kClusterHead = 64;
        flush_to_ =
            std::max(flush_to_, given_ - std::min(given_, kClusterHead));
    }
    return Done{};
}

Outcome Intake::note(const Found& found)
{
    switch (found.what) {
        case Found::What::kNone:
            break;
        case Found::What::kStart:
            starts_++;
            return begin_at(found.at, found.time_us);
        case Found::What::kHead: {
            Outcome done = write_to(found.at);
            refused_ = !writer_->put_head(found.head);
            return done;
        }
        case Found::What::kWords:
            says_at_ = found.at;
            say(found.words);
            break;
        case Found::What::kRefused:
            refused_ = true;
            break;
    }
    return Done{};
}

Outcome Intake::begin_at(uint64_t at, uint64_t time_us)
{
    if (!started_ && !passes_unframed() && at > base_) {
        // What came before the first start is nothing that can be heard.
        skip_ = std::max(skip_, at);
    }
    started_ = true;
    bool says = (says_ && at >= says_at_) || changes_;
    bool apart = time_us - open_us_ >= kStartUs || at - base_ >= kMostChunk ||
                 !open_start_ || says;
    if (at > base_ && apart) {
        Outcome done = write_to(at);
        if (!done) {
            return done;
        }
    }
    if (at == base_) {
        tell(at);
        open_start_ = !refused_;
        open_us_ = time_us;
    } else if (at > base_) {
        boundary_ = at;
        boundary_us_ = time_us;
    }
    // A page is told of at its end, a frame at its head.
    flush_to_ = framer_.kind() == Kind::kOgg ? given_ : at;
    return Done{};
}

// Writes what is staged up to a place in the stream.
Outcome Intake::write_to(uint64_t to)
{
    if (to <= base_) {
        return Done{};
    }
    size_t size = std::min<uint64_t>(to - base_, size_);
    uint64_t skipped =
        skip_ > base_ ? std::min<uint64_t>(skip_ - base_, size) : 0;
    ConstBytes sound(staged_ + skipped, size - skipped);
    Outcome done = Done{};
    if (!sound.empty() && (started_ || passes_unframed())) {
        bool start = open_start_ && skipped == 0;
        done = writer_->append(sound, {start, open_us_});
    }
    base_ += size;
    size_ -= size;
    std::memmove(staged_, staged_ + size, size_);
    open_start_ = boundary_ == base_ && started_ && size > 0;
    open_us_ = open_start_ ? boundary_us_ : open_us_;
    return done;
}

Outcome Intake::flush()
{
    uint64_t to = flush_to_;
    // Not in the middle of a frame, and with a page at most to spare.
    if (framer_.kind() != Kind::kOgg && boundary_ > base_ &&
        framer_.kind() != Kind::kWebm) {
        to = boundary_;
    }
    return write_to(to);
}

// Of the sound from a start on.
void Intake::tell(uint64_t at)
{
    bool says = says_ && at >= says_at_;
    if (says) {
        said_ = coming_;
        says_ = false;
    }
    if (changes_ || (says && !overrules_)) {
        const Words& words = overrules_ ? overruling_.words : said_.words;
        writer_->say(words.artist, words.title);
    }
    changes_ = false;
}

void Intake::say(const Words& words)
{
    coming_.take(words);
    says_at_ = std::max(says_at_, given_);
    says_ = true;
}

void Intake::overrule(const Words& words)
{
    overruling_.take(words);
    overrules_ = changes_ = true;
}

void Intake::heed_source()
{
    changes_ = changes_ || overrules_;
    overrules_ = false;
}

Intake::Said& Intake::Said::operator=(const Said& other)
{
    if (this == &other) {
        return *this;
    }
    known = other.known;
    copy_bytes(text, other.text, kMostCue);
    size_t artist = other.words.artist.size();
    words = {{text, artist}, {text + artist, other.words.title.size()}};
    return *this;
}

void Intake::Said::take(const Words& raw)
{
    Track track;
    (raw.artist.empty() ? track.text : track.title) = raw.title;
    track.artist = raw.artist;
    uint8_t room[6 * kMaxText];
    Arena arena(room);
    source::finish(track, source::Repair(), arena);
    std::string_view what = track.title.empty() ? track.text : track.title;
    std::string_view by = cut(track.artist, kMostCue / 2);
    what = cut(what, kMostCue - by.size());
    copy_bytes(text, by.data(), by.size());
    copy_bytes(text + by.size(), what.data(), what.size());
    words = {{text, by.size()}, {text + by.size(), what.size()}};
    known = true;
}

}  // namespace onair::sound
