// Whatever a publisher sends: type, query and body are cut out of the input
// at zero bytes. What is taken is clean, what is refused is said why.
#include <vector>

#include "base/utf8.h"
#include "check.h"
#include "source/charset.h"
#include "source/publication.h"

using namespace onair;
using namespace onair::source;

namespace {

std::string_view take(std::string_view& rest)
{
    std::string_view part = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(part.size() == rest.size() ? part.size()
                                                  : part.size() + 1);
    return part;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::vector<uint8_t> bytes(data, data + size);
    std::string_view rest = text_of(bytes);
    std::string_view type = take(rest);
    std::string_view query = take(rest);
    open_charsets();
    std::vector<uint8_t> memory(
        publication_memory(type, query, bytes_of(rest)));
    Arena arena(memory);
    std::string_view why;
    Result<Publication> publication = read_publication(
        type, query, bytes_of(rest), Repair(), 1760000000000, arena, &why);
    if (!publication) {
        check(!why.empty() && publication.fault() != Fault::kNoMemory);
        return 0;
    }
    const Report& report = publication->report;
    for (auto text :
         {report.station, report.now.text, report.now.artist, report.now.title,
          report.now.album, report.now.art, report.now.url, report.dj,
          report.stream.name, publication->own_name, publication->odd, why}) {
        check(text.size() <= kMaxText && is_utf8(text));
        check(text.find('\0') == std::string_view::npos);
    }
    check(publication->poll || publication->has_track ||
          publication->has_on_air || publication->has_listeners);
    return 0;
}
