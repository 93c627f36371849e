#include "engine/script.h"

#include "unit/cmocka.h"

using namespace onair;

namespace {

// What it does is tested on a real Redis (t/machines.t); here, that the list of
// commands in docs/machines.md is whole.
void it_calls_no_other_commands_than_those_documented(void**)
{
    std::string_view left = engine::kScript;
    size_t calls = 0;
    constexpr std::string_view kCall = "redis.call('";
    for (size_t at = left.find(kCall); at != std::string_view::npos;
         at = left.find(kCall)) {
        left.remove_prefix(at + kCall.size());
        std::string_view name = left.substr(0, left.find('\''));
        bool known = false;
        for (std::string_view one :
             {"DEL",           "HSET",   "HGET",   "HMGET",     "HLEN",
              "EXPIRE",        "XADD",   "XRANGE", "XREVRANGE", "PUBLISH",
              "HDEL",          "ZADD",   "ZREM",   "ZCARD",     "ZRANGE",
              "ZRANGEBYSCORE", "ZSCORE", "PFADD",  "PFCOUNT",   "RENAME"}) {
            known = known || name == one;
        }
        assert_true(known);
        calls++;
    }
    assert_true(calls > 10);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(it_calls_no_other_commands_than_those_documented),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
