// /admin/stats of Icecast 2.x and Icecast-KH, and 2.5's /admin/publicstats:
// <icestats><source mount="/x"><title>..</title>..</source>..</icestats>.
#include "source/mount.h"
#include "source/xml.h"

namespace onair::source {

namespace {

constexpr size_t kRoot = 1;
constexpr size_t kSource = 2;
constexpr size_t kField = 3;
constexpr size_t kTag = 4;

size_t count_sources(std::string_view body)
{
    constexpr std::string_view kOpen = "<source";
    size_t count = 0;
    for (size_t at = body.find(kOpen); at != std::string_view::npos;
         at = body.find(kOpen, at)) {
        at += kOpen.size();
        bool whole =
            at < body.size() && std::string_view(" \t\r\n>/").find(body[at]) !=
                                    std::string_view::npos;
        count += whole ? 1 : 0;
    }
    return count;
}

// Follows the events; knows in which mount it is and in which field.
class Follower {
  public:
    Follower(XmlReader& reader, ReportList& list) : reader_(reader), list_(list)
    {}

    bool take(XmlReader::Event event)
    {
        switch (event) {
            case XmlReader::Event::kOpen:
                return open();
            case XmlReader::Event::kText:
                text();
                return true;
            case XmlReader::Event::kClose:
                close();
                return true;
            case XmlReader::Event::kEnd:
                return true;
        }
        return true;
    }

    // Some source did not say where it is heard: one of the other documents
    // with this root (listclients, listmounts), which know no titles.
    bool strange() const { return strange_; }

  private:
    bool open()
    {
        size_t depth = reader_.depth();
        if (depth == kRoot) {
            return reader_.name() == "icestats";
        }
        if (depth == kSource && reader_.name() == "source") {
            in_source_ = true;
            mount_ = Mount();
            mount_.path = reader_.attribute("mount");
        } else if (depth == kField) {
            field_ = reader_.name();
        } else if (depth == kTag) {
            tag_ = reader_.name();
            if (field_ == "metadata") {
                set_tag(mount_, tag_, "");
            }
        }
        return true;
    }

    void text()
    {
        if (!in_source_) {
            return;
        }
        if (reader_.depth() == kField) {
            set_field(mount_, field_, reader_.text());
        } else if (reader_.depth() == kTag && field_ == "metadata") {
            set_tag(mount_, tag_, reader_.text());
        }
    }

    void close()
    {
        if (reader_.depth() == kRoot && in_source_) {
            in_source_ = false;
            strange_ = strange_ || mount_.listenurl.empty();
            add_mount(mount_, list_);
        }
    }

    XmlReader& reader_;
    ReportList& list_;
    Mount mount_;
    bool in_source_ = false;
    bool strange_ = false;
    std::string_view field_;
    std::string_view tag_;
};

}  // namespace

Outcome read_icecast_xml(std::string_view body, ReportList& list)
{
    if (!list.expect(count_sources(body))) {
        return Fault::kNoMemory;
    }
    XmlReader reader(body, list.arena());
    Follower follower(reader, list);
    while (true) {
        Result<XmlReader::Event> event = reader.next();
        if (!event) {
            return event.fault();
        }
        if (*event == XmlReader::Event::kEnd) {
            return follower.strange() ? Outcome(Fault::kUnknownFormat)
                                      : Outcome(Done{});
        }
        if (!follower.take(*event)) {
            return Fault::kUnknownFormat;
        }
    }
}

}  // namespace onair::source
