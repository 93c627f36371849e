// A client of a signalling server, by WebSocket or polling: its connection ids,
// and what it said in each that nobody has heard yet. Owned by its transport.
#pragma once

#include <string_view>

#include "ngx_module/conf/conf.h"
#include "ngx_module/signalling/party.h"
#include "ngx_module/signalling/public_room.h"

namespace onair::ngx {

class UnityParty : public Party {
  public:
    static constexpr size_t kMostIds = 100;
    static constexpr size_t kMostKept = size_t{256} * 1024;

    explicit UnityParty(const SignallingConf* conf) noexcept;

    void hear(const Mail& mail) noexcept final;
    void give_up() noexcept final;
    // What is not answered, to somebody who is new.
    void tell_all_kept(Handle whom) noexcept;

  protected:
    ~UnityParty();

    // Whether it ended without a word, should it end now.
    bool breaks_ = false;

    // It can be spoken to from now on.
    void enter() noexcept;
    // Does what it says to others, with the time put in; `why` in words where
    // that is refused, other than with ruling.taken.
    bool say(signalling::Signal* signal, signalling::Ruling* ruling,
             std::string_view* why) noexcept;
    // After a connect was answered: the host tells what it has kept.
    void meet(const signalling::Signal& signal,
              const signalling::Ruling& ruling) noexcept;
    // An offer, an answer, a candidate or a disconnect of another.
    virtual void be_told(const signalling::Signal& signal,
                         uint64_t key) noexcept = 0;

    // Calls visit(id) for each that it has, in the order of connecting.
    template <typename Visit>
    void each_id(Visit visit) const
    {
        for (const Label* label = labels_; label; label = label->next) {
            if (label->connected) {
                visit(label->id());
            }
        }
    }
    const SignallingConf* conf() const { return conf_; }
    uint64_t key_of(std::string_view id) const;

  private:
    // Mail as it is packed, to be sent again.
    struct Kept {
        Kept* next;
        size_t size;
        uint8_t* bytes()
        {
            // SAFETY: allocated with `size` bytes behind it.
            return reinterpret_cast<uint8_t*>(this + 1);
        }
    };
    struct Label {
        Label* next;
        uint64_t key;
        Kept* kept;
        size_t id_size;
        bool connected;  // it was said; not only offered or answered
        std::string_view id() const
        {
            // SAFETY: allocated with the id's text behind it.
            return {reinterpret_cast<const char*>(this + 1), id_size};
        }
    };

    bool is_private() const;
    Label* find(uint64_t key) const;
    Label* find_or_add(uint64_t key, std::string_view id);
    void remove(uint64_t key);
    void drop_kept(Label* label);
    void keep(Label* label, const Mail& mail);
    void tell_kept(Label* label, Handle whom) noexcept;
    Outcome judge(signalling::Say say, uint64_t key,
                  signalling::Ruling* ruling) const;
    void pass(const Mail& mail, const signalling::Ruling& ruling,
              Label* label) noexcept;
    void forget_disconnected(uint64_t key);
    bool has_heard(const Mail& mail);

    static constexpr size_t kRecent = 16;

    const SignallingConf* conf_;
    PublicMember member_{this};
    Label* labels_ = nullptr;
    size_t ids_ = 0;
    size_t kept_ = 0;                // bytes
    uint64_t recent_[kRecent] = {};  // stamps of what it was told last
    size_t recent_at_ = 0;
};

}  // namespace onair::ngx
