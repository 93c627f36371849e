#include "ngx_module/signalling/session.h"

#include <new>

#include "encoder/number.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/freelist.h"
#include "ngx_module/signalling/hub.h"
#include "ngx_module/signalling/talk_socket.h"
#include "ngx_module/signalling/uuid.h"
#include "ngx_module/zone/worker.h"
#include "signalling/member.h"

namespace onair::ngx {

using signalling::Ruling;
using signalling::Say;
using signalling::Signal;

namespace {

constexpr size_t kMostWaiting = size_t{256} * 1024;  // bytes of one session
constexpr size_t kMostSessions = 100000;             // of one worker
constexpr size_t kPiece = size_t{64} * 1024;
constexpr std::string_view kOk = "OK";
constexpr std::string_view kNotFound = "Not Found";

// Something it is to be told, until its connection id or the session ends.
struct Entry {
    Entry* next;
    uint64_t key;
    int64_t time;
    Say say;
    bool told;
    size_t size;

    uint8_t* bytes()
    {
        // SAFETY: allocated with `size` bytes behind it.
        return reinterpret_cast<uint8_t*>(this + 1);
    }
};

}  // namespace

class Session final : public UnityParty {
  public:
    explicit Session(const SignallingConf* conf);
    ~Session();

    bool name_it(std::span<char, kSessionId> out);
    std::string_view id() const { return {id_, kSessionId}; }
    void answer(const PollAsk& ask, PollReply* reply) noexcept;
    bool over(Ticks now) const
    {
        return ended_ || now >= asked_at_ + conf()->session;
    }
    void begin() { enter(); }

    Session* next = nullptr;

  protected:
    void be_told(const Signal& signal, uint64_t key) noexcept override;

  private:
    void poll(const PollAsk& ask, PollReply* reply);
    bool add_entries(const PollAsk& ask, Text* text);
    bool add_ids(Text* text, bool any) const;
    void act(const PollAsk& ask, PollReply* reply);
    void connected(const Signal& signal, const Ruling& ruling,
                   PollReply* reply);
    void drop(uint64_t key, Say say);
    void make_room(size_t size);
    void see_again(uint64_t key);

    char id_[kSessionId] = {};
    Ticks asked_at_;
    bool ended_ = false;
    Entry* entries_ = nullptr;  // in the order of their times
    size_t bytes_ = 0;
};

namespace {

constexpr size_t kBuckets = 4096;

Session* g_sessions[kBuckets];
size_t g_count;

Session** bucket(std::string_view id)
{
    return &g_sessions[hash(id) % kBuckets];
}

Session* find(std::string_view id)
{
    for (Session* one = *bucket(id); one != nullptr; one = one->next) {
        if (one->id() == id) {
            return one;
        }
    }
    return nullptr;
}

int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

}  // namespace

Session::Session(const SignallingConf* conf)
    : UnityParty(conf), asked_at_(ticks())
{
    g_count++;
}

Session::~Session()
{
    give_up();
    while (entries_ != nullptr) {
        Entry* entry = entries_;
        entries_ = entry->next;
        ngx_free(entry);
    }
    g_count--;
}

// A UUID whose last two digits are the worker's place.
bool Session::name_it(std::span<char, kSessionId> out)
{
    Writer text(id_);
    bool named = write_uuid(text, static_cast<int>(worker_index()));
    copy_bytes(out.data(), id_, kSessionId);
    return named;
}

// --- what waits for it ---

void Session::drop(uint64_t key, Say say)
{
    for (Entry** at = &entries_; *at != nullptr;) {
        Entry* entry = *at;
        if (entry->key == key && entry->say == say) {
            *at = entry->next;
            bytes_ -= entry->size;
            ngx_free(entry);
        } else {
            at = &entry->next;
        }
    }
}

// What it was told already goes first; a client that asks for nothing any more
// loses the oldest.
void Session::make_room(size_t size)
{
    for (bool told : {true, false}) {
        for (Entry** at = &entries_;
             *at != nullptr && bytes_ + size > kMostWaiting;) {
            Entry* entry = *at;
            if (entry->told || !told) {
                *at = entry->next;
                bytes_ -= entry->size;
                ngx_free(entry);
            } else {
                at = &entry->next;
            }
        }
    }
}

void Session::be_told(const Signal& signal, uint64_t key) noexcept
{
    if (signal.say == Say::kOffer || signal.say == Say::kAnswer) {
        drop(key, signal.say);  // the latest is told
    }
    if (signal.say == Say::kDisconnect) {
        drop(key, Say::kOffer);
        drop(key, Say::kAnswer);
        drop(key, Say::kCandidate);
    }
    Mail mail = signalling::mail_of(signal, {});
    mail.key = key;
    size_t size = signalling::packed_size(mail);
    make_room(size);
    auto* entry =
        static_cast<Entry*>(ngx_alloc(sizeof(Entry) + size, ngx_cycle->log));
    if (entry == nullptr) {
        return;
    }
    // Judged by the time when it comes here: one that was kept is new to it.
    *entry = {nullptr, key, now().unix_ms, signal.say, false, size};
    mail.time = entry->time;
    signalling::pack(mail, {entry->bytes(), size});
    Entry** at = &entries_;
    while (*at != nullptr) {
        at = &(*at)->next;
    }
    *at = entry;
    bytes_ += size;
}

// Candidates that came before the answer was given are new to the page again:
// it could not use them.
void Session::see_again(uint64_t key)
{
    Entry* moved = nullptr;
    Entry** end = &moved;
    Entry** at = &entries_;
    while (*at != nullptr) {
        Entry* entry = *at;
        if (entry->key == key && entry->say == Say::kCandidate) {
            *at = entry->next;
            entry->next = nullptr;
            entry->time = now().unix_ms;
            *end = entry;
            end = &entry->next;
        } else {
            at = &entry->next;
        }
    }
    *at = moved;
}

bool Session::add_entries(const PollAsk& ask, Text* text)
{
    bool any = false;
    for (Entry* entry = entries_; entry != nullptr; entry = entry->next) {
        if (entry->time < ask.from_time ||
            (ask.act == PollAct::kList && entry->say != ask.say)) {
            continue;
        }
        ConstBytes parcel{entry->bytes(), entry->size};
        Result<Mail> mail = signalling::next_mail(&parcel);
        if (!mail.ok()) {
            continue;
        }
        Signal signal = signalling::signal_of(*mail);
        signal.time = entry->time;
        if (any) {
            text->add(",");
        }
        text->add(signalling::most_entry(signal), [&signal](Writer& out) {
            signalling::write_entry(out, signal);
        });
        entry->told = true;
        any = true;
    }
    return any;
}

bool Session::add_ids(Text* text, bool any) const
{
    each_id([&](std::string_view id) {
        Signal signal;
        signal.say = Say::kConnect;
        signal.id = id;
        signal.time = now().unix_ms;
        if (any) {
            text->add(",");
        }
        text->add(signalling::most_entry(signal), [&signal](Writer& out) {
            signalling::write_entry(out, signal);
        });
        any = true;
    });
    return any;
}

void Session::poll(const PollAsk& ask, PollReply* reply)
{
    Text& text = reply->text;
    bool all = ask.act == PollAct::kPoll;
    text.add("{\"");
    text.add(signalling::list_name(all ? Say::kNothing : ask.say));
    text.add("\":[");
    bool any =
        ask.say == Say::kConnect && !all ? false : add_entries(ask, &text);
    if (all || ask.say == Say::kConnect) {
        add_ids(&text, any);
    }
    text.add("]");
    if (all) {
        text.add(32, [](Writer& out) {
            out.put(",\"datetime\":");
            encoder::write_unsigned(out, static_cast<uint64_t>(now().unix_ms));
        });
    }
    text.add("}");
}

// --- what it says ---

void Session::connected(const Signal& signal, const Ruling& ruling,
                        PollReply* reply)
{
    if (ruling.taken) {
        reply->status = NGX_HTTP_BAD_REQUEST;
        reply->text.add(R"({"error":{}})");
        return;
    }
    reply->text.add(signalling::most_entry(signal), [&](Writer& out) {
        signalling::write_connection(out, signal.id, ruling.polite,
                                     signal.time);
    });
}

void Session::act(const PollAsk& ask, PollReply* reply)
{
    Reading reading(signalling::message_memory(ask.body.size()));
    std::string_view why;
    Result<Signal> read = signalling::read_body(ask.say, ask.body, ask.is_form,
                                                reading.arena(), &why);
    Ruling ruling;
    if (read.ok() && ask.say == Say::kConnect && read->id.empty()) {
        ruling.taken = true;  // as the app's server says it
        connected(*read, ruling, reply);
        return;
    }
    if (!read.ok() || !say(&*read, &ruling, &why)) {
        reply->status =
            read.ok() ? NGX_HTTP_SERVICE_UNAVAILABLE : NGX_HTTP_BAD_REQUEST;
        reply->is_json = false;
        reply->text.add(why);
        return;
    }
    uint64_t key = key_of(read->id);
    if (ask.say == Say::kConnect) {
        connected(*read, ruling, reply);
        meet(*read, ruling);
    } else if (ask.say == Say::kDisconnect) {
        reply->text.add(read->id.size() + 32, [&read](Writer& out) {
            signalling::write_connection_id(out, read->id);
        });
        be_told(*read, key);
    } else {
        if (ask.say == Say::kAnswer) {
            see_again(key);
        }
        reply->is_json = false;
        reply->text.add(kOk);
    }
}

void Session::answer(const PollAsk& ask, PollReply* reply) noexcept
{
    asked_at_ = ticks();
    switch (ask.act) {
        case PollAct::kPoll:
        case PollAct::kList:
            poll(ask, reply);
            return;
        case PollAct::kDo:
            act(ask, reply);
            return;
        case PollAct::kEnd:
            ended_ = true;
            give_up();
            reply->is_json = false;
            reply->text.add(kOk);
            return;
    }
}

// --- of all ---

bool open_session(const SignallingConf* conf, std::span<char, kSessionId> out)
{
    if (!can_have_parties() || g_count >= kMostSessions) {
        return false;
    }
    void* at = ngx_alloc(sizeof(Session), ngx_cycle->log);
    if (at == nullptr) {
        return false;
    }
    // SAFETY: fresh memory; destroyed by expire_sessions().
    auto* session = new (at) Session(conf);
    if (!session->name_it(out)) {
        session->~Session();
        ngx_free(session);
        return false;
    }
    Session** first = bucket(session->id());
    session->next = *first;
    *first = session;
    keep_worker_for_signalling();
    session->begin();
    return true;
}

size_t place_of_session(std::string_view id)
{
    if (id.size() != kSessionId) {
        return kPosts;
    }
    int high = digit_of(id[kSessionId - 2]);
    int low = digit_of(id[kSessionId - 1]);
    size_t place =
        high < 0 || low < 0 ? kPosts : static_cast<size_t>(16 * high + low);
    return ngx_min(place, kPosts);
}

void answer_poll(const PollAsk& ask, PollReply* reply)
{
    Session* session = find(ask.session);
    if (session != nullptr && !session->over(ticks())) {
        session->answer(ask, reply);
        return;
    }
    // It is over in either case.
    bool ends = ask.act == PollAct::kEnd;
    reply->status = ends ? NGX_HTTP_OK : NGX_HTTP_NOT_FOUND;
    reply->is_json = false;
    reply->text.add(ends ? kOk : kNotFound);
}

void pass_poll(const PollAsk& ask, size_t place, Handle from)
{
    Mail mail;
    mail.news = News::kAsk;
    // To no party: the worker looks for the session by its id.
    mail.from = from;
    mail.say = ask.say;
    mail.key = static_cast<uint64_t>(ask.act);
    mail.polite = ask.is_form;
    mail.time = ask.from_time;
    mail.texts[0] = ask.session;
    mail.texts[1] = ask.body;
    post(place, mail);
}

void answer_passed(const Mail& mail)
{
    PollAsk ask;
    ask.act = static_cast<PollAct>(mail.key);
    ask.say = mail.say;
    ask.is_form = mail.polite;
    ask.from_time = mail.time;
    ask.session = mail.texts[0];
    ask.body = mail.texts[1];
    PollReply reply;
    answer_poll(ask, &reply);
    Mail answer;
    answer.news = News::kReply;
    answer.to = mail.from;
    answer.key = reply.status;
    answer.polite = reply.is_json;
    // In pieces that a parcel takes; `time` is what comes after each.
    std::string_view rest = reply.text.view();
    do {
        answer.texts[0] = rest.substr(0, kPiece);
        rest.remove_prefix(answer.texts[0].size());
        answer.time = static_cast<int64_t>(rest.size());
        carry(answer);
    } while (!rest.empty());
}

namespace {

void expire_in(Session** at)
{
    while (*at != nullptr) {
        Session* session = *at;
        if (session->over(ticks())) {
            *at = session->next;
            session->~Session();
            ngx_free(session);
        } else {
            at = &session->next;
        }
    }
}

}  // namespace

bool expire_sessions()
{
    for (size_t i = 0; i < kBuckets && g_count > 0; i++) {
        expire_in(&g_sessions[i]);
    }
    return g_count > 0;
}

}  // namespace onair::ngx
