// Any bytes as XML: elements close in the order they were opened, depth is
// bounded, and it ends.
#include <string_view>
#include <vector>

#include "check.h"
#include "source/xml.h"

using namespace onair;
using namespace onair::source;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::vector<uint8_t> body(data, data + size);
    std::vector<uint8_t> memory(2 * size + 64);
    Arena arena(memory);
    XmlReader reader(text_of(body), arena);
    std::vector<std::string_view> open;
    // An empty element makes two events of its four bytes.
    for (size_t events = 0;; events++) {
        check(events <= size + 1);
        Result<XmlReader::Event> event = reader.next();
        if (!event) {
            check(event.fault() == Fault::kNotXml ||
                  event.fault() == Fault::kTooDeep);
            return 0;
        }
        switch (*event) {
            case XmlReader::Event::kOpen:
                check(!reader.name().empty());
                open.push_back(reader.name());
                check(reader.attribute("mount").size() <= size);
                break;
            case XmlReader::Event::kText:
                check(!open.empty());
                break;
            case XmlReader::Event::kClose:
                check(!open.empty() && open.back() == reader.name());
                open.pop_back();
                break;
            case XmlReader::Event::kEnd:
                check(open.empty() && !arena.full());
                return 0;
        }
        check(reader.depth() == open.size() && open.size() <= kMaxDepth);
    }
}
