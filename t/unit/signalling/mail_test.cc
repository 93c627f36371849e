#include "signalling/mail.h"

#include "rig.h"

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::signalling;

namespace {

std::vector<uint8_t> packed(const Mail& mail)
{
    std::vector<uint8_t> bytes(packed_size(mail));
    pack(mail, bytes);
    return bytes;
}

void a_signal_comes_out_as_it_went_in(void**)
{
    Signal signal;
    signal.say = Say::kCandidate;
    signal.id = R"("r")";
    signal.fields[0] = "null";
    signal.fields[2] = "\"0\"";
    signal.polite = true;
    signal.time = 1795839388639;
    Mail mail = mail_of(signal, "room");
    mail.to = handle_of(1, 2);
    mail.from = handle_of(3, 4);
    mail.key = 5;
    mail.stamp = 6;
    mail.replayed = true;
    std::vector<uint8_t> bytes = packed(mail);
    ConstBytes parcel = bytes;
    auto got = next_mail(&parcel);
    assert_true(got.ok());
    assert_true(got->to == mail.to && got->from == mail.from);
    assert_true(got->key == 5 && got->stamp == 6 && got->replayed);
    assert_true(room_of(*got) == "room");
    Signal out = signal_of(*got);
    assert_true(out.say == Say::kCandidate && out.id == signal.id);
    assert_true(out.fields[0] == "null" && out.fields[1].empty() &&
                out.fields[2] == "\"0\"");
    assert_true(out.polite && out.time == signal.time);
    assert_int_equal(next_mail(&parcel).fault(), Fault::kNotFound);
}

void a_parcel_holds_several_in_order(void**)
{
    std::vector<uint8_t> bytes;
    for (uint64_t key = 1; key <= 3; key++) {
        Mail mail;
        mail.news = News::kPeerCame;
        mail.key = key;
        std::vector<uint8_t> one = packed(mail);
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    ConstBytes parcel = bytes;
    for (uint64_t key = 1; key <= 3; key++) {
        assert_int_equal(next_mail(&parcel)->key, key);
    }
    assert_int_equal(next_mail(&parcel).fault(), Fault::kNotFound);
}

void what_is_cut_or_unknown_is_torn(void**)
{
    Mail mail;
    mail.news = News::kTopic;
    mail.texts[0] = "topic";
    std::vector<uint8_t> bytes = packed(mail);
    for (size_t size = 1; size < bytes.size(); size++) {
        ConstBytes parcel = ConstBytes(bytes).first(size);
        assert_int_equal(next_mail(&parcel).fault(), Fault::kTorn);
    }
    mail.news = static_cast<News>(kNewsKinds);
    bytes = packed(mail);
    ConstBytes parcel = bytes;
    assert_int_equal(next_mail(&parcel).fault(), Fault::kTorn);
    mail.news = News::kNone;
    bytes = packed(mail);
    parcel = bytes;
    assert_int_equal(next_mail(&parcel).fault(), Fault::kTorn);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_comes_out_as_it_went_in),
        cmocka_unit_test(a_parcel_holds_several_in_order),
        cmocka_unit_test(what_is_cut_or_unknown_is_torn),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
