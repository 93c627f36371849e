#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/json.h"

using namespace onair;
using namespace onair::source;

namespace {

class Read {
  public:
    explicit Read(std::string body, bool strict = false)
        : body_(std::move(body)),
          memory_(14 * body_.size() + 1024),
          arena_(memory_),
          json(strict ? Json::read_strictly(bytes_of(body_), arena_)
                      : Json::read(bytes_of(body_), arena_))
    {}

  private:
    std::string body_;
    std::vector<uint8_t> memory_;
    Arena arena_;

  public:
    Result<Json> json;
};

void members_and_elements_are_found(void**)
{
    Read read(R"({"a":{"b":[1,{"c":"x\u00e9\n"}],"a":null},"d":true})");
    JsonValue root = read.json->root();
    assert_int_equal(root.size(), 2);
    assert_true(root["a"]["b"].at(0).text() == "1");
    assert_true(root["a"]["b"].at(1)["c"].text() == "x\u00e9\n");
    assert_int_equal(root["a"]["a"].kind(), Kind::kNull);
    assert_true(root["d"].text() == "true");
    assert_true(root["x"]["y"].at(3).is_missing());
    assert_true(root["a"]["b"].at(2).is_missing());
    assert_true(root["d"]["a"].is_missing());
}

void strict_reading_keeps_the_kinds(void**)
{
    Read read(R"({"n":-1.5e3,"t":true,"f":false,"s":"1"})", true);
    JsonValue root = read.json->root();
    assert_int_equal(root["n"].kind(), Kind::kNumber);
    assert_true(root["n"].text() == "-1.5e3");
    assert_int_equal(root["t"].kind(), Kind::kTrue);
    assert_int_equal(root["f"].kind(), Kind::kFalse);
    assert_int_equal(root["s"].kind(), Kind::kString);
}

void strict_reading_takes_json_only(void**)
{
    for (const char* bad :
         {"", "{", "{\"a\":-}", "[1,]", "[1] 2", "{a:1}", "[\"a\xff\"]",
          "[\"a\x01\"]", "[01]", "[\"\\ud800\"]", "[\"\\udc00\"]",
          "{\"\\udc00\":1}", "nul", "[1e999"}) {
        Read read(bad, true);
        assert_false(read.json.ok());
        assert_int_equal(read.json.fault(), Fault::kNotJson);
    }
    Read zero(std::string("[1]\0x", 5), true);
    assert_false(zero.json.ok());
}

void depth_is_bounded_either_way(void**)
{
    std::string deep =
        std::string(kMaxDepth + 1, '[') + std::string(kMaxDepth + 1, ']');
    assert_int_equal(Read(deep, true).json.fault(), Fault::kTooDeep);
    assert_int_equal(Read(deep).json.fault(), Fault::kTooDeep);
    assert_true(Read(deep.substr(1, 2 * kMaxDepth), true).json.ok());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(members_and_elements_are_found),
        cmocka_unit_test(strict_reading_keeps_the_kinds),
        cmocka_unit_test(strict_reading_takes_json_only),
        cmocka_unit_test(depth_is_bounded_either_way),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
