// What a publisher pushes, in the forms encoders and scripts can send: a JSON
// object, Liquidsoap's array of [key, value] pairs, the web hook of AzuraCast,
// form fields, and the query of `mode=updinfo&mount=/rock&song=...`. Members
// are taken from an allow-list, so that file names and cover data of the sender
// never leak. Hostile input.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/station.h"
#include "source/json.h"
#include "source/source.h"

namespace onair::source {

struct Publication {
    Report report;  // report.station: the station or mount= it names
    // What the document itself calls the station, for where nobody else names
    // one.
    std::string_view own_name;
    bool updinfo = false;  // answer as Icecast's admin/metadata does
    bool poll = false;     // poll=now: no state, only ask the sources now
    bool has_track = false;
    bool has_on_air = false;  // on_air/status was given
    bool has_listeners = false;
    bool is_call = false;  // answered as Centrifugo's API does
    bool whole = false;    // a whole state, as a poll would have read it
    std::string_view odd;  // a detail that was left out, and why; for the log
};

// Memory of the arena that is always enough to read such a publication.
size_t publication_memory(std::string_view content_type, std::string_view query,
                          ConstBytes body);

// A query or a form asks for an answer as Icecast's admin/metadata gives it.
bool is_updinfo(std::string_view form, Arena& arena);

// A whole state as a publication.
Publication publication_of(const Report& report);

// `content_type` and `query` as the request has them; body may be empty.
// Faults: kBadRequest, kNotJson, kTooDeep, kTooLarge, kNoMemory.
// On a fault `why` names the offending part in a few words.
Result<Publication> read_publication(std::string_view content_type,
                                     std::string_view query, ConstBytes body,
                                     const Repair& repair, UnixMs now,
                                     Arena& arena, std::string_view* why);

// What AzuraCast's generic web hook sends: its NowPlaying object alone, which
// says everything about its station. Nothing where the body is another.
std::optional<Publication> read_web_hook(ConstBytes body,
                                         const Options& options, UnixMs now,
                                         Arena& arena);

// The NowPlaying object that an AzuraCast pushes, of a document read strictly;
// its original is kept where the options say so. kUnknownFormat: it is none.
// kNoMemory.
Result<Report> read_now_playing(JsonValue object, const Options& options,
                                UnixMs now, Arena& arena);

}  // namespace onair::source
