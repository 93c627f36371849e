#include "signalling/mail.h"

#include <type_traits>

namespace onair::signalling {

namespace {

struct Front {
    uint64_t key;
    uint64_t stamp;
    int64_t time;
    uint32_t to;
    uint32_t from;
    uint32_t sizes[Mail::kTexts];
    uint8_t news;
    uint8_t say;
    uint8_t polite;
    uint8_t replayed;
};
static_assert(sizeof(Front) <= kMailFront);
static_assert(std::is_trivially_copyable_v<Front>);

}  // namespace

size_t packed_size(const Mail& mail)
{
    size_t size = sizeof(Front);
    for (std::string_view text : mail.texts) {
        size += text.size();
    }
    return size;
}

void pack(const Mail& mail, Bytes out)
{
    Front front = {};
    front.key = mail.key;
    front.stamp = mail.stamp;
    front.time = mail.time;
    front.to = mail.to;
    front.from = mail.from;
    front.news = static_cast<uint8_t>(mail.news);
    front.say = static_cast<uint8_t>(mail.say);
    front.polite = mail.polite ? 1 : 0;
    front.replayed = mail.replayed ? 1 : 0;
    for (size_t i = 0; i < Mail::kTexts; i++) {
        front.sizes[i] = static_cast<uint32_t>(mail.texts[i].size());
    }
    std::memcpy(out.data(), &front, sizeof(front));
    size_t at = sizeof(front);
    for (std::string_view text : mail.texts) {
        copy_bytes(out.data() + at, text.data(), text.size());
        at += text.size();
    }
}

Result<Mail> next_mail(ConstBytes* parcel)
{
    if (parcel->empty()) {
        return Fault::kNotFound;
    }
    Front front;
    if (parcel->size() < sizeof(front)) {
        return Fault::kTorn;
    }
    std::memcpy(&front, parcel->data(), sizeof(front));
    if (front.news == 0 || front.news >= kNewsKinds || front.say >= kSays) {
        return Fault::kTorn;
    }
    Mail mail;
    mail.news = static_cast<News>(front.news);
    mail.say = static_cast<Say>(front.say);
    mail.polite = front.polite != 0;
    mail.replayed = front.replayed != 0;
    mail.to = front.to;
    mail.from = front.from;
    mail.key = front.key;
    mail.stamp = front.stamp;
    mail.time = front.time;
    ConstBytes rest = parcel->subspan(sizeof(front));
    for (size_t i = 0; i < Mail::kTexts; i++) {
        if (front.sizes[i] > rest.size()) {
            return Fault::kTorn;
        }
        mail.texts[i] = text_of(rest.first(front.sizes[i]));
        rest = rest.subspan(front.sizes[i]);
    }
    *parcel = rest;
    return mail;
}

Mail mail_of(const Signal& signal, std::string_view room)
{
    Mail mail;
    mail.news = News::kSignal;
    mail.say = signal.say;
    mail.polite = signal.polite;
    mail.time = signal.time;
    mail.texts[0] = signal.id;
    for (size_t i = 0; i < kMostFields; i++) {
        mail.texts[1 + i] = signal.fields[i];
    }
    mail.texts[4] = room;
    return mail;
}

Signal signal_of(const Mail& mail)
{
    Signal signal;
    signal.say = mail.say;
    signal.polite = mail.polite;
    signal.time = mail.time;
    signal.id = mail.texts[0];
    for (size_t i = 0; i < kMostFields; i++) {
        signal.fields[i] = mail.texts[1 + i];
    }
    return signal;
}

}  // namespace onair::signalling
