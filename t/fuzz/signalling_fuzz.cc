// What clients of the three signalling dialects say, and what workers pass on:
// the memory that is promised is always enough, what is passed on is JSON
// again, and of what can be read something is always decided.
#include <cstdint>
#include <string>
#include <vector>

#include "check.h"
#include "signalling/mail.h"
#include "signalling/member.h"
#include "signalling/peerjs.h"
#include "signalling/unity.h"
#include "signalling/yjs.h"

using namespace onair;
using namespace onair::signalling;

namespace {

template <typename Write>
std::string written(size_t most, Write write)
{
    std::string text(most, '\0');
    Writer out({text.data(), text.size()});
    write(out);
    check(out.ok());
    text.resize(out.size());
    return text;
}

void is_json(const std::string& text)
{
    std::vector<uint8_t> memory(message_memory(text.size()));
    Arena arena(memory);
    check(source::Json::read_strictly(bytes_of(text), arena).ok());
}

void read_unity(std::string_view text)
{
    std::vector<uint8_t> memory(message_memory(text.size()));
    Arena arena(memory);
    std::string_view why;
    auto signal = read_signal(text, arena, &why);
    if (!signal.ok()) {
        check(signal.fault() != Fault::kNoMemory && !why.empty());
        return;
    }
    is_json(written(most_signal(*signal),
                    [&](Writer& out) { write_signal(out, *signal); }));
    is_json(written(most_entry(*signal),
                    [&](Writer& out) { write_entry(out, *signal); }));
    is_json(written(kMaxIdJson + 128,
                    [&](Writer& out) { write_taken(out, signal->id); }));
    Mail mail = mail_of(*signal, "room");
    std::vector<uint8_t> packed(packed_size(mail));
    pack(mail, packed);
    ConstBytes parcel = packed;
    auto back = next_mail(&parcel);
    check(back.ok() && signal_of(*back).id == signal->id);
}

void read_bodies(std::string_view text)
{
    std::vector<uint8_t> memory(message_memory(text.size()));
    for (Say say : {Say::kConnect, Say::kOffer, Say::kCandidate}) {
        for (bool is_form : {false, true}) {
            Arena arena(memory);
            std::string_view why;
            auto signal = read_body(say, text, is_form, arena, &why);
            check(signal.ok() || signal.fault() != Fault::kNoMemory);
        }
    }
}

void read_others(std::string_view text)
{
    std::vector<uint8_t> memory(message_memory(text.size()) + 8192);
    Arena arena(memory);
    auto peer = read_peer(text, arena);
    if (peer.ok() && !peer->type.empty()) {
        is_json(written(most_peer(*peer, "src"),
                        [&](Writer& out) { write_peer(out, *peer, "src"); }));
    }
    arena.rewind(0);
    auto y = read_y(text, arena);
    if (y.ok() && y->verb == YVerb::kPublish) {
        is_json(written(most_published(text.size()),
                        [&](Writer& out) { write_published(out, text, 7); }));
    }
    arena.rewind(0);
    (void)check_peer(read_peer_query(text, arena), "peerjs");
    (void)read_peer_path(text);
    ConstBytes parcel = bytes_of(text);
    while (next_mail(&parcel).ok()) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::string_view text = text_of({data, size});
    read_unity(text);
    read_bodies(text);
    read_others(text);
    return 0;
}
