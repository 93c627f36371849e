#include <initializer_list>
#include <string_view>

#include "unit/cmocka.h"

#include "subscriber/publisher.h"

using namespace onair;
using namespace onair::subscriber;

namespace {

constexpr std::string_view kNames[] = {"radio.example", "studio.example"};

Request push_to(std::string_view host, std::string_view method = "POST")
{
    Request request;
    request.method = method;
    request.host = host;
    return request;
}

PublishRule rule_with(std::span<const std::string_view> pages = {},
                      bool from_any = false)
{
    PublishRule rule;
    rule.from_any = from_any;
    rule.pages.any = false;
    rule.pages.hosts = pages;
    rule.names = kNames;
    return rule;
}

bool may(const Request& request, const PublishRule& rule, bool local = true)
{
    Refusal refusal = check_publisher(request, local, rule);
    assert_true(refusal.status == 0 || refusal.status == 403);
    assert_true((refusal.status == 0) == refusal.reason.empty());
    return refusal.status == 0;
}

bool local(std::string_view address, std::string_view forwarded_for = {},
           std::string_view forwarded = {})
{
    Request request;
    request.forwarded_for = forwarded_for;
    request.forwarded = forwarded;
    const std::string_view addresses[] = {address};
    return is_local(addresses, request);
}

void loopback_and_unix_sockets_are_this_machine(void**)
{
    for (std::string_view good :
         {"127.0.0.1", "127.9.8.7", "127.0.0.1:8080", "::1", "[::1]:80",
          "::ffff:127.0.0.1", "::FFFF:127.0.0.1", "unix:", "unix:/run/x"}) {
        assert_true(is_this_machine(good));
    }
    for (std::string_view bad :
         {"", "128.0.0.1", "12.7.0.0.1", "127.0.0.1.evil.example", "127.evil",
          "127.0.0", "127.0.0.1.1", "::2", "::ffff:10.0.0.1", "[::1", "unknown",
          "_hidden", "localhost", "1127.0.0.1", "127.0.0.x"}) {
        assert_false(is_this_machine(bad));
    }
}

void a_proxy_on_this_machine_makes_nobody_local(void**)
{
    assert_true(local("127.0.0.1"));
    assert_true(local("127.0.0.1", "127.0.0.1, ::1"));
    assert_true(
        local("unix:", {}, "for=127.0.0.1;proto=http, for=\"[::1]:9\""));
    assert_false(local("203.0.113.9"));
    assert_false(local("203.0.113.9", "127.0.0.1"));
    assert_false(local("127.0.0.1", "203.0.113.9"));
    assert_false(local("127.0.0.1", "127.0.0.1, 203.0.113.9"));
    assert_false(local("127.0.0.1", "unknown"));
    assert_false(local("127.0.0.1", {}, "for=203.0.113.9"));
    assert_false(local("127.0.0.1", {}, "for=127.0.0.1, proto=https"));
    const std::string_view both[] = {"127.0.0.1", "203.0.113.9"};
    assert_false(is_local(both, Request()));
}

void from_says_who_may_come(void**)
{
    assert_true(may(push_to("radio.example"), rule_with()));
    assert_false(may(push_to("radio.example"), rule_with(), false));
    assert_true(may(push_to("radio.example"), rule_with({}, true), false));
}

void no_rule_lets_a_page_of_another_site_push(void**)
{
    for (bool from_any : {false, true}) {
        PublishRule rule = rule_with({}, from_any);
        Request request = push_to("radio.example");
        request.origin = "http://evil.example";
        assert_false(may(request, rule));
        request.origin = "null";
        assert_false(may(request, rule));
        request.origin = {};
        request.fetch_site = "cross-site";
        assert_false(may(request, rule));
        request.fetch_site = "same-site";
        assert_false(may(request, rule));
        request.fetch_site = "same-origin";
        assert_true(may(request, rule));
    }
}

void a_name_that_leads_here_is_not_ours(void**)
{
    for (bool from_any : {false, true}) {
        PublishRule rule = rule_with({}, from_any);
        Request request = push_to("evil.example:8080");
        assert_true(may(request, rule));
        request.language = "";  // a page may empty it, but not leave it out
        assert_false(may(request, rule));
        request.language = "en";
        assert_false(may(request, rule));
        request.fetch_site = "same-origin";
        request.origin = "http://evil.example:8080";
        assert_false(may(request, rule));
        for (std::string_view own :
             {"radio.example", "Studio.Example:81", "radio.example.",
              "127.0.0.1:8080", "localhost", "[::1]:80"}) {
            Request good = push_to(own);
            good.language = "en";
            assert_true(may(good, rule));
        }
    }
}

void a_browser_pushes_with_get_for_named_pages_only(void**)
{
    const std::string_view pages[] = {"studio.example"};
    Request request = push_to("studio.example", "GET");
    assert_true(may(request, rule_with()));
    request.language = "en";
    assert_false(may(request, rule_with()));
    assert_false(may(request, rule_with(pages)));
    request.fetch_site = "none";
    assert_false(may(request, rule_with(pages)));
    request.fetch_site = "same-origin";
    assert_false(may(request, rule_with()));
    assert_true(may(request, rule_with(pages)));
    request.host = "radio.example";
    assert_false(may(request, rule_with(pages)));
    request.fetch_site = "cross-site";
    assert_false(may(request, rule_with(pages)));
    request.origin = "https://studio.example";
    assert_true(may(request, rule_with(pages)));
}

void pages_are_named_as_those_of_onair_origin(void**)
{
    const std::string_view pages[] = {"https://studio.example", "*.dj.example"};
    Request request = push_to("radio.example");
    request.fetch_site = "cross-site";
    for (std::string_view good :
         {"https://studio.example", "http://a.dj.example:8080"}) {
        request.origin = good;
        assert_true(may(request, rule_with(pages)));
    }
    for (std::string_view bad : {"http://studio.example", "http://dj.example",
                                 "https://studio.example.evil", "null", ""}) {
        request.origin = bad;
        assert_false(may(request, rule_with(pages)));
    }
    request.origin = "https://studio.example";
    assert_false(may(request, rule_with(pages), false));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(loopback_and_unix_sockets_are_this_machine),
        cmocka_unit_test(a_proxy_on_this_machine_makes_nobody_local),
        cmocka_unit_test(from_says_who_may_come),
        cmocka_unit_test(no_rule_lets_a_page_of_another_site_push),
        cmocka_unit_test(a_name_that_leads_here_is_not_ours),
        cmocka_unit_test(a_browser_pushes_with_get_for_named_pages_only),
        cmocka_unit_test(pages_are_named_as_those_of_onair_origin),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
