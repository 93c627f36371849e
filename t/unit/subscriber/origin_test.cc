#include <string_view>

#include "unit/cmocka.h"

#include "subscriber/origin.h"

using namespace onair;
using namespace onair::subscriber;

namespace {

bool by_host(std::string_view rule, std::string_view origin)
{
    OriginRule only;
    only.any = false;
    const std::string_view hosts[] = {"first.example", rule};
    only.hosts = hosts;
    return origin_allowed(only, origin, "radio.example", false);
}

bool by_same(std::string_view origin, std::string_view host,
             bool secure = false)
{
    OriginRule only;
    only.any = false;
    only.same = true;
    return origin_allowed(only, origin, host, secure);
}

void a_request_without_origin_is_no_page(void**)
{
    assert_true(by_same({}, "radio.example"));
    assert_true(by_host("example.com", {}));
    assert_false(by_host("example.com", ""));
}

void any_lets_in_everything(void**)
{
    assert_true(origin_allowed({}, "null", "h", false));
    assert_true(origin_allowed({}, "garbage /", "h", false));
}

void null_is_let_in_only_by_name(void**)
{
    assert_false(by_same("null", "null"));
    assert_false(by_host("null", "null"));
    OriginRule rule = {.any = false, .null = true};
    assert_true(origin_allowed(rule, "null", "h", false));
    assert_false(origin_allowed(rule, "http://null", "h", false));
    assert_false(origin_allowed(rule, "Null", "h", false));
}

void a_dot_at_the_end_is_no_matter(void**)
{
    assert_true(by_host("example.com.", "https://example.com"));
    assert_true(by_host("example.com", "https://example.com.:8443"));
    assert_true(by_host("*.example.com.", "https://a.example.com"));
    assert_true(by_host("https://example.com.:81", "https://example.com:81"));
    assert_true(by_same("http://radio.example.", "radio.example"));
    assert_false(by_host("example.com..", "https://example.com"));
}

void schemes_of_apps_go_by_name(void**)
{
    for (std::string_view app :
         {"capacitor://localhost", "ionic://localhost", "app://-",
          "tauri://localhost", "chrome-extension://abcdefghij"}) {
        assert_true(check_origin_host(app).ok());
        assert_true(by_host(app, app));
        assert_false(by_host("localhost", app));
    }
}

void a_host_goes_by_its_name_alone(void**)
{
    assert_true(is_host_named("Radio.Example.:8080", "radio.example"));
    assert_false(is_host_named("radio.example.evil", "radio.example"));
    assert_false(is_host_named("http://radio.example", "radio.example"));
    assert_false(is_host_named("", ""));
    const std::string_view hosts[] = {"https://a.example:1", "*.b.example"};
    OriginRule rule = {.any = false, .hosts = hosts};
    assert_true(is_host_of(rule, "A.example"));
    assert_true(is_host_of(rule, "x.b.example:80"));
    assert_false(is_host_of(rule, "b.example"));
    assert_false(is_host_of(rule, "https://a.example"));
}

void the_same_host_and_port_are_the_same(void**)
{
    assert_true(by_same("http://radio.example", "radio.example"));
    assert_true(by_same("http://Radio.Example", "radio.example:80"));
    assert_true(by_same("https://radio.example", "radio.example"));
    assert_true(by_same("https://radio.example", "radio.example:443", true));
    assert_true(by_same("http://radio.example:8080", "radio.example:8080"));
    assert_true(by_same("http://[::1]:8080", "[::1]:8080"));
    assert_false(by_same("http://radio.example", "radio.example:8080"));
    assert_false(by_same("http://radio.example:8080", "radio.example"));
    assert_false(by_same("http://evil.example", "radio.example"));
    assert_false(by_same("http://radio.example.evil", "radio.example"));
    assert_false(by_same("http://xradio.example", "radio.example"));
    assert_false(by_same("http://radio.example@evil", "radio.example"));
    assert_false(by_same("http://radio.example/", "radio.example"));
    assert_false(by_same("radio.example", "radio.example"));
    assert_false(by_same("ftp://radio.example", "radio.example"));
    assert_false(by_same("http://", ""));
}

void a_page_without_tls_is_not_the_same_as_a_location_with_it(void**)
{
    assert_false(by_same("http://radio.example", "radio.example", true));
    assert_false(
        by_same("http://radio.example:443", "radio.example:443", true));
}

void a_bare_host_goes_with_any_port_and_web_scheme(void**)
{
    assert_true(by_host("example.com", "http://example.com"));
    assert_true(by_host("example.com", "https://EXAMPLE.com:8443"));
    assert_true(by_host("Example.COM", "https://example.com"));
    assert_true(by_host("example.com", "http://first.example"));
    assert_false(by_host("example.com", "https://www.example.com"));
    assert_false(by_host("example.com", "https://example.com.evil"));
    assert_false(by_host("example.com", "https://badexample.com"));
    assert_false(by_host("example.com", "capacitor://example.com"));
    assert_false(by_host("example.com", "https://example.com, https://b.c"));
    assert_false(by_host("example.com", "https://example.com:"));
    assert_false(by_host("example.com", "https://example.com:0"));
    assert_false(by_host("example.com", "https://example.com:99999"));
}

void a_star_stands_for_one_label_or_more(void**)
{
    assert_true(by_host("*.example.com", "https://www.example.com"));
    assert_true(by_host("*.example.com", "https://a.b.Example.com:1"));
    assert_false(by_host("*.example.com", "https://example.com"));
    assert_false(by_host("*.example.com", "https://badexample.com"));
    assert_false(by_host("*.example.com", "https://.example.com"));
    assert_true(by_host("https://*.example.com", "https://a.example.com"));
    assert_false(by_host("https://*.example.com", "http://a.example.com"));
}

void a_rule_with_a_scheme_means_its_own_port(void**)
{
    assert_true(by_host("https://example.com", "https://example.com"));
    assert_true(by_host("https://example.com", "https://example.com:443"));
    assert_false(by_host("https://example.com", "https://example.com:8443"));
    assert_false(by_host("https://example.com", "http://example.com"));
    assert_true(
        by_host("https://example.com:8443", "https://example.com:8443"));
    assert_true(by_host("example.com:443", "https://example.com"));
    assert_false(by_host("example.com:443", "http://example.com"));
    assert_true(by_host("capacitor://localhost", "capacitor://localhost"));
    assert_true(by_host("http://[::1]", "http://[::1]"));
    assert_false(by_host("http://[::1]", "http://[::2]"));
}

void a_page_of_another_site_is_known_by_either_header(void**)
{
    assert_true(is_of_foreign_page("cross-site", {}, "radio.example", false));
    assert_true(is_of_foreign_page("same-site", {}, "radio.example", false));
    assert_true(
        is_of_foreign_page({}, "http://evil.example", "radio.example", false));
    assert_true(is_of_foreign_page({}, "null", "radio.example", false));
}

void encoders_and_own_pages_are_not_foreign(void**)
{
    assert_false(is_of_foreign_page({}, {}, "radio.example", false));
    assert_false(is_of_foreign_page("none", {}, "radio.example", false));
    assert_false(is_of_foreign_page("same-origin", "http://radio.example",
                                    "radio.example", false));
}

void an_address_and_localhost_are_nobody_else_s(void**)
{
    for (std::string_view good :
         {"127.0.0.1", "127.0.0.1:8080", "192.168.1.2", "[::1]:80", "localhost",
          "LocalHost:8080", "radio.localhost"}) {
        assert_true(is_host_of_nobody_else(good));
    }
    for (std::string_view bad :
         {"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "",
          "localhost.evil.example", "http://127.0.0.1", "1e.example", "x"}) {
        assert_false(is_host_of_nobody_else(bad));
    }
}

void hosts_are_checked_at_configuration(void**)
{
    for (std::string_view good :
         {"example.com", "*.example.com", "https://example.com:8443",
          "https://*.example.com", "localhost:3000", "capacitor://localhost",
          "[::1]:80", "http://10.0.0.1", "a_b.example"}) {
        assert_true(check_origin_host(good).ok());
    }
    for (std::string_view bad :
         {"", "*", "*.", "https://", "https://*", "example.com/", "a b",
          "example.com:", "example.com:x", "example.com:65536", "*example.com",
          "a.*.example.com", "://example.com", "https://u@example.com",
          "caf\xc3\xa9.example", "[::1", "*.[::1]", "null://:80"}) {
        Outcome outcome = check_origin_host(bad);
        assert_false(outcome.ok());
        assert_true(outcome.fault() == Fault::kBadOrigin);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_request_without_origin_is_no_page),
        cmocka_unit_test(any_lets_in_everything),
        cmocka_unit_test(null_is_let_in_only_by_name),
        cmocka_unit_test(a_dot_at_the_end_is_no_matter),
        cmocka_unit_test(schemes_of_apps_go_by_name),
        cmocka_unit_test(a_host_goes_by_its_name_alone),
        cmocka_unit_test(the_same_host_and_port_are_the_same),
        cmocka_unit_test(
            a_page_without_tls_is_not_the_same_as_a_location_with_it),
        cmocka_unit_test(a_bare_host_goes_with_any_port_and_web_scheme),
        cmocka_unit_test(a_star_stands_for_one_label_or_more),
        cmocka_unit_test(a_rule_with_a_scheme_means_its_own_port),
        cmocka_unit_test(a_page_of_another_site_is_known_by_either_header),
        cmocka_unit_test(encoders_and_own_pages_are_not_foreign),
        cmocka_unit_test(an_address_and_localhost_are_nobody_else_s),
        cmocka_unit_test(hosts_are_checked_at_configuration),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
