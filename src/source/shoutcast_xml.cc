// What SHOUTcast answers where nobody asks for JSON: /stats and /statistics of
// version 2, admin.cgi?mode=viewxml of both. All of them have one root:
// <SHOUTCASTSERVER>, in it the members of one stream, or
// <STREAMSTATS>..<STREAM id="1">..</STREAM></STREAMSTATS>, and beside the
// members <SONGHISTORY><SONG><PLAYEDAT>..<TITLE>.. and <SONGMETADATA><TIT2>.. .
#include <algorithm>

#include "source/scalar.h"
#include "source/shoutcast.h"
#include "source/xml.h"

namespace onair::source {

namespace {

constexpr size_t kMaxHistory = 64;
constexpr size_t kDeepest = 5;  // of what is read

size_t count_tags(std::string_view body, std::string_view open)
{
    size_t count = 0;
    for (size_t at = body.find(open); at != std::string_view::npos;
         at = body.find(open, at + open.size())) {
        count++;
    }
    return count;
}

// Walks through the elements; knows in which stream it is, and in which song.
class Follower {
  public:
    Follower(XmlReader& reader, ReportList& list, bool several,
             std::span<Track> songs)
        : reader_(reader), list_(list), several_(several), songs_(songs)
    {}

    // False when the document is another one.
    bool take(XmlReader::Event event)
    {
        if (event == XmlReader::Event::kOpen) {
            return open();
        }
        if (event == XmlReader::Event::kText) {
            text();
        } else if (event == XmlReader::Event::kClose) {
            close();
        }
        return true;
    }

    // The members outside of STREAM elements are a stream where they say how it
    // is. False when nothing here said so: one of the other documents with this
    // root (listeners, songs, configurations).
    bool finish()
    {
        if (root_.status.empty()) {
            return seen_stream_ || seen_total_;
        }
        std::stable_sort(songs_.begin(), songs_.begin() + count_,
                         [](const Track& a, const Track& b) {
                             return a.started > b.started;
                         });
        root_.history = songs_.first(count_);
        add_stream(root_, false, list_);
        return true;
    }

  private:
    bool open()
    {
        size_t depth = reader_.depth();
        if (depth == 1) {
            return reader_.name() == "SHOUTCASTSERVER";
        }
        if (depth <= kDeepest) {
            names_[depth - 2] = reader_.name();
        }
        if (reader_.name() == "STREAM" && stream_depth_ == 0) {
            stream_ = ShoutcastStream();
            stream_.id = reader_.attribute("id");
            stream_depth_ = depth;
        } else if (reader_.name() == "SONG") {
            song_title_ = song_time_ = {};
        }
        return true;
    }

    void text()
    {
        size_t depth = reader_.depth();
        if (depth < 2 || depth > kDeepest) {
            return;
        }
        std::string_view name = names_[depth - 2];
        std::string_view in = depth > 2 ? names_[depth - 3] : "";
        if (stream_depth_ != 0) {
            if (depth == stream_depth_ + 1) {
                set_field(stream_, name, reader_.text());
            }
        } else if (depth == 2 || in == "SONGMETADATA") {
            set_field(root_, name, reader_.text());
        } else if (in == "SONG") {
            song_text(name);
        } else if (in == "STREAMSTATS" && name == "TOTALSTREAMS") {
            seen_total_ = true;
            several_ = several_ || count_of(reader_.text()) > 1;
        }
    }

    void song_text(std::string_view name)
    {
        if (name == "TITLE") {
            song_title_ = reader_.text();
        } else if (name == "PLAYEDAT") {
            song_time_ = reader_.text();
        }
    }

    void close()
    {
        if (stream_depth_ != 0 && reader_.depth() + 1 == stream_depth_) {
            stream_depth_ = 0;
            seen_stream_ = true;
            add_stream(stream_, several_, list_);
        } else if (stream_depth_ == 0 && reader_.name() == "SONG") {
            add_song();
        }
    }

    void add_song()
    {
        if (count_ == songs_.size()) {
            return;
        }
        Track& song = songs_[count_];
        song = Track();
        set_title(song_title_, song, list_);
        song.started = time_of(song_time_);
        count_ += song.text.empty() ? 0 : 1;
    }

    XmlReader& reader_;
    ReportList& list_;
    bool several_;
    std::span<Track> songs_;
    size_t count_ = 0;
    ShoutcastStream root_;
    ShoutcastStream stream_;
    size_t stream_depth_ = 0;  // of the STREAM that is open; 0: none
    bool seen_stream_ = false;
    bool seen_total_ = false;
    std::string_view song_title_;
    std::string_view song_time_;
    std::string_view names_[kDeepest - 1];  // of the elements from depth 2 on
};

}  // namespace

Outcome read_shoutcast_xml(std::string_view body, ReportList& list)
{
    size_t streams = count_tags(body, "<STREAM ");
    size_t count = std::min(count_tags(body, "<SONG>"), kMaxHistory);
    std::span<Track> songs = list.arena().make<Track>(count);
    if (songs.size() < count || !list.expect(streams + 1)) {
        return Fault::kNoMemory;
    }
    XmlReader reader(body, list.arena());
    Follower follower(reader, list, streams > 1, songs);
    while (true) {
        Result<XmlReader::Event> event = reader.next();
        if (!event) {
            return event.fault();
        }
        if (*event == XmlReader::Event::kEnd) {
            return follower.finish() ? Outcome(Done{})
                                     : Outcome(Fault::kUnknownFormat);
        }
        if (!follower.take(*event)) {
            return Fault::kUnknownFormat;
        }
    }
}

}  // namespace onair::source
