#include <string>

#include "unit/cmocka.h"

#include "subscriber/request.h"

using namespace onair;
using namespace onair::subscriber;
using slot::Transport;

namespace {

Request get()
{
    Request request;
    request.method = "GET";
    request.host = "radio.example";
    return request;
}

Request upgrade()
{
    Request request = get();
    request.upgrade = "websocket";
    request.connection = "keep-alive, Upgrade";
    request.version = "13";
    request.key = "dGhlIHNhbXBsZSBub25jZQ==";
    request.keys = 1;
    return request;
}

Ask ask_of(const Request& request, const Offer& offer = {})
{
    Ask ask;
    Refusal refusal = classify(request, offer, &ask);
    assert_int_equal(refusal.status, 0);
    return ask;
}

int status_of(const Request& request)
{
    Ask ask;
    Refusal refusal = classify(request, {}, &ask);
    if (refusal.status != 0) {
        assert_false(refusal.reason.empty());
        assert_true(refusal.reason.find_first_of("\r\n") ==
                    std::string_view::npos);
    }
    return refusal.status;
}

void a_plain_request_is_a_get(void**)
{
    Ask ask = ask_of(get());
    assert_true(ask.transport == Transport::kGet);
    assert_false(ask.head);
    assert_false(ask.has_since);
    assert_false(ask.bad_since);
    assert_null(ask.stations.data());
}

void a_head_request_is_a_get_without_body(void**)
{
    Request request = get();
    request.method = "HEAD";
    Ask ask = ask_of(request);
    assert_true(ask.transport == Transport::kGet);
    assert_true(ask.head);
}

void a_preflight_is_left_to_the_caller(void**)
{
    Request request = upgrade();
    request.method = "OPTIONS";
    assert_int_equal(status_of(request), 204);
}

void other_methods_are_refused(void**)
{
    for (const char* method : {"POST", "PUT", "get", "", "GETT"}) {
        Request request = get();
        request.method = method;
        assert_int_equal(status_of(request), 405);
    }
    Request request = upgrade();
    request.method = "HEAD";
    assert_int_equal(status_of(request), 405);
}

void an_upgrade_comes_before_events_and_wait(void**)
{
    Request request = upgrade();
    request.accept = "text/event-stream";
    request.args = "wait=5";
    assert_true(ask_of(request).transport == Transport::kWebSocket);
    request.upgrade = {};
    assert_true(ask_of(request).transport == Transport::kSse);
    request.accept = "*/*";
    Ask ask = ask_of(request);
    assert_true(ask.transport == Transport::kLongPoll);
    assert_int_equal(ask.wait_ms, 5000);
}

void an_upgrade_in_http_2_is_ignored(void**)
{
    Request request = upgrade();
    request.http_version = 20;
    assert_true(ask_of(request).transport == Transport::kGet);
    request.http_version = 30;
    assert_true(ask_of(request).transport == Transport::kGet);
}

void a_handshake_with_a_fault_is_refused(void**)
{
    Request request = upgrade();
    request.http_version = 10;
    assert_int_equal(status_of(request), 400);
    request = upgrade();
    request.connection = "keep-alive";
    assert_int_equal(status_of(request), 400);
    request = upgrade();
    request.version = "8";
    assert_int_equal(status_of(request), 426);
    request.version = {};
    assert_int_equal(status_of(request), 426);
    request = upgrade();
    request.keys = 2;
    assert_int_equal(status_of(request), 400);
    request = upgrade();
    request.key = {};
    request.keys = 0;
    assert_int_equal(status_of(request), 400);
    request = upgrade();
    request.key = "dGhlIHNhbXBsZSBub25jZQ=";
    assert_int_equal(status_of(request), 400);
}

void accept_is_read_with_its_weights(void**)
{
    Request request = get();
    for (const char* accept :
         {"text/event-stream", "Text/Event-Stream",
          "text/html, text/event-stream", "text/event-stream;q=0.1",
          "text/event-stream ; charset=utf-8",
          "text/event-stream;q=0, text/event-stream;q=1",
          "text/event-stream;q=0.001", "text/event-stream;q=1.0"}) {
        request.accept = accept;
        assert_true(ask_of(request).transport == Transport::kSse);
    }
    for (const char* accept :
         {"", "*/*", "text/*", "text/event-streams", "x/text/event-stream",
          "text/event-stream;q=0", "text/event-stream; q=0.000",
          "text/event-stream;Q=0.0", "a/b;x=\"text/event-stream\"",
          "a/b;x=\",text/event-stream,\""}) {
        request.accept = accept;
        assert_true(ask_of(request).transport == Transport::kGet);
    }
}

void wait_is_bounded_seconds(void**)
{
    struct {
        const char* args;
        uint32_t ms;
    } good[] = {{"wait=0", 0},
                {"wait=1.5", 1500},
                {"wait=0.0019", 1},
                {"wait=300", 300000},
                {"wait=300.001", 300000},
                {"wait=99999999999999999999", 300000},
                {"a=b&wait=%32", 2000},
                {"wait=25&wait=x", 25000},
                {"wait=0025", 25000}};
    Request request = get();
    for (const auto& one : good) {
        request.args = one.args;
        Ask ask = ask_of(request);
        assert_true(ask.transport == Transport::kLongPoll);
        assert_int_equal(ask.wait_ms, one.ms);
    }
    for (const char* args : {"wait=", "wait", "wait=x", "wait=-1", "wait=+1",
                             "wait=1e3", "wait=.5", "wait=1.", "wait=1.2.3",
                             "wait=1%", "wait=1%zz", "wait=1%00", "wait= 1"}) {
        request.args = args;
        assert_int_equal(status_of(request), 400);
    }
    std::string long_one = "wait=" + std::string(65, '1');
    request.args = long_one;
    assert_int_equal(status_of(request), 400);
    request.args = "Wait=1&waits=1&xwait=1";
    assert_true(ask_of(request).transport == Transport::kGet);
}

void a_last_id_in_the_query_is_heard_by_any_of_its_names(void**)
{
    for (std::string_view name :
         {"lastEventId", "lastEventID", "Last-Event-ID", "last-event-id",
          "last_event_id", "evs_last_event_id"}) {
        std::string args = std::string(name) + "=00000004%3A7";
        Request request = get();
        request.args = args;
        request.accept = "text/event-stream";
        assert_int_equal(ask_of(request).since.epoch, 4);
        request.accept = {};
        assert_int_equal(ask_of(request).since.seq, 7);
    }
    Request request = get();
    request.args =
        "since=00000001:1&lastEventId=00000002:2&x&lastEventId=00000003:3&"
        "lastEventId=";
    assert_int_equal(ask_of(request).since.epoch, 3);
    request.args = "lastEventId=&since=00000005:5";
    assert_int_equal(ask_of(request).since.epoch, 5);
    request.args = "lastEventId=x&since=00000005:5";
    assert_true(ask_of(request).bad_since);
    for (std::string_view other :
         {"lastEvent=00000002:2", "lastEventIds=00000002:2",
          "xlastEventId=00000002:2", "lastEventId", "eventId=00000002:2",
          "=00000002:2", "evs_=00000002:2"}) {
        request.args = other;
        assert_false(ask_of(request).has_since);
        assert_false(ask_of(request).bad_since);
    }
    request.accept = "text/event-stream";
    request.args = "lastEventId=00000002:2";
    request.last_event_id = "00000006:6";
    assert_int_equal(ask_of(request).since.epoch, 6);
}

void the_last_event_id_comes_before_since_and_tags(void**)
{
    Request request = get();
    request.last_event_id = "00000001:1";
    request.args = "wait=1&since=00000002%3a2";
    request.if_none_match = "\"00000003:3\"";
    assert_int_equal(ask_of(request).since.epoch, 1);
    request.args = "since=00000002%3a2";
    assert_int_equal(ask_of(request).since.epoch, 2);  // a GET has none
    request.last_event_id = "";
    assert_int_equal(ask_of(request).since.epoch, 2);
    request.args = "since=";
    Ask ask = ask_of(request);
    assert_true(ask.has_since);
    assert_int_equal(ask.since.epoch, 3);
    assert_int_equal(ask.since.seq, 3);
    request.if_none_match = "W/\"00000004:4\"";
    assert_int_equal(ask_of(request).since.epoch, 4);
    request.if_none_match = "\"other\", \"00000005:5\"";
    assert_int_equal(ask_of(request).since.epoch, 5);
}

void tags_count_only_where_answers_have_them(void**)
{
    Request request = upgrade();
    request.if_none_match = "\"00000003:3\"";
    assert_false(ask_of(request).has_since);
    request.upgrade = {};
    request.accept = "text/event-stream";
    assert_false(ask_of(request).has_since);
    request.accept = {};
    assert_true(ask_of(request).has_since);
}

void an_unusable_id_is_a_gap(void**)
{
    Request request = get();
    for (const char* args :
         {"since=x", "since=00000001", "since=%", "since=00000001:-1",
          "since=00000001:1%00",
          "since=0000000000000000000000000000000000000000000000000000000000001:"
          "1"}) {
        request.args = args;
        Ask ask = ask_of(request);
        assert_false(ask.has_since);
        assert_true(ask.bad_since);
    }
    request.last_event_id = "nonsense";
    request.args = "wait=1&since=00000002:2";
    assert_true(ask_of(request).bad_since);
}

void a_foreign_tag_is_a_gap_to_a_long_poll_only(void**)
{
    Request request = get();
    request.if_none_match = "\"5f3a\"";
    assert_false(ask_of(request).bad_since);
    request.args = "wait=1";
    assert_true(ask_of(request).bad_since);
}

void stations_are_handed_on_raw(void**)
{
    Request request = get();
    request.args = "x=1&stations=a,b%20c&stations=d";
    assert_true(ask_of(request).stations == "a,b%20c");
    request.args = "stations=";
    Ask ask = ask_of(request);
    assert_non_null(ask.stations.data());
    assert_true(ask.stations.empty());
}

void a_handshake_agrees_on_protocol_and_deflate(void**)
{
    const std::string_view ours[] = {"onair.json", "onair.title"};
    Offer offer;
    offer.deflate = true;
    offer.protocols = ours;
    Request request = upgrade();
    request.protocol = "onair.title, onair.json";
    request.extensions = "permessage-deflate";
    Ask ask = ask_of(request, offer);
    assert_ptr_equal(ask.protocol.data(), ours[0].data());
    assert_true(ask.deflate.on);
    offer.deflate = false;
    assert_false(ask_of(request, offer).deflate.on);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_request_is_a_get),
        cmocka_unit_test(a_head_request_is_a_get_without_body),
        cmocka_unit_test(a_preflight_is_left_to_the_caller),
        cmocka_unit_test(other_methods_are_refused),
        cmocka_unit_test(an_upgrade_comes_before_events_and_wait),
        cmocka_unit_test(an_upgrade_in_http_2_is_ignored),
        cmocka_unit_test(a_handshake_with_a_fault_is_refused),
        cmocka_unit_test(accept_is_read_with_its_weights),
        cmocka_unit_test(wait_is_bounded_seconds),
        cmocka_unit_test(a_last_id_in_the_query_is_heard_by_any_of_its_names),
        cmocka_unit_test(the_last_event_id_comes_before_since_and_tags),
        cmocka_unit_test(tags_count_only_where_answers_have_them),
        cmocka_unit_test(an_unusable_id_is_a_gap),
        cmocka_unit_test(a_foreign_tag_is_a_gap_to_a_long_poll_only),
        cmocka_unit_test(stations_are_handed_on_raw),
        cmocka_unit_test(a_handshake_agrees_on_protocol_and_deflate),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
