// What an engine may send: whole and cut at any positions the same bytes must
// give the same events, and whatever is a message of ours must pack as it was.
// The first two bytes choose the cuts.
#include <cstdint>
#include <string>
#include <vector>

#include "check.h"
#include "engine/entry.h"
#include "engine/follower.h"
#include "engine/hearing.h"
#include "engine/link.h"
#include "engine/publication.h"
#include "room/command.h"

using namespace onair;
using namespace onair::engine;

namespace {

class Engine {
  public:
    explicit Engine(bool subscriber) : listener_(subscriber) {}

    void take(std::string_view bytes)
    {
        in_ += bytes;
        size_t at = 0;
        while (!over_ && at < in_.size()) {
            size_t used = 0;
            Result<Item> item =
                walker_.next(std::string_view(in_).substr(at), &used);
            if (!item.ok()) {
                over_ = item.fault() != Fault::kIncomplete;
                break;
            }
            check(used > 0 && used <= in_.size() - at);
            at += used;
            Result<Event> event = listener_.hear(*item);
            over_ = !event.ok();
            if (event.ok()) {
                hear(*event);
            }
        }
        in_.erase(0, at);
        all += over_ ? "over" : "";
    }

    std::string all;

  private:
    void hear(const Event& event)
    {
        if (event.heard == Heard::kNothing && !event.whole) {
            return;
        }
        all += std::to_string(static_cast<int>(event.heard));
        all += event.whole ? ";" : ",";
        all += event.text;
        all += event.channel;
        if (event.heard == Heard::kHead) {
            link_.asked();
            link_.on_head(event.epoch, event.seq, event.anew);
        } else if (event.heard == Heard::kEntry) {
            static_cast<void>(link_.on_entry(event.seq));
            look(event.text);
        } else if (event.heard == Heard::kPublished) {
            Result<Published> it = read_published(event.text);
            if (it.ok()) {
                static_cast<void>(link_.on_published(it->epoch, it->seq));
                static_cast<void>(follower_.on_published(it->epoch, it->seq));
                look(it->payload);
            }
        }
        if (event.whole) {
            static_cast<void>(link_.on_end());
        }
    }

    static void look(std::string_view payload)
    {
        look_at_publication(payload);
        Result<Entry> entry = unpack_entry(bytes_of(payload));
        if (!entry.ok()) {
            return;
        }
        std::vector<uint8_t> out(room::packed_size(entry->message) + 64);
        check(text_of(pack_entry(entry->origin, entry->message, out)) ==
              payload);
        std::vector<uint8_t> memory(
            room::command_memory(entry->message.said.size()));
        static_cast<void>(is_sound(entry->message, memory));
    }

    static void look_at_publication(std::string_view payload)
    {
        Result<Publication> read = unpack_publication(bytes_of(payload));
        if (!read.ok()) {
            return;
        }
        std::vector<uint8_t> out(kMaxPublication);
        ConstBytes packed = pack_publication(*read, out);
        Result<Publication> again = unpack_publication(packed);
        check(again.ok());
        check(again->report.now.title == read->report.now.title);
    }

    Walker walker_;
    Listener listener_;
    Link link_{7, 10};
    Follower follower_{7, 10};
    std::string in_;
    bool over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    bool subscriber = (data[0] & 1) != 0;
    size_t step = size_t{1} + data[1];
    std::string_view bytes = text_of({data + 2, size - 2});
    Engine whole(subscriber);
    whole.take(bytes);
    Engine cut(subscriber);
    while (!bytes.empty()) {
        cut.take(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
    }
    check(whole.all.substr(0, whole.all.find("over")) ==
          cut.all.substr(0, cut.all.find("over")));
    return 0;
}
