// type=auto: which format a document is, by members that only it has.
#include "source/format.h"
#include "source/scalar.h"

namespace onair::source {

namespace {

bool is_onair(JsonValue value)
{
    return !value["epoch"].is_missing() && !value["seq"].is_missing();
}

bool has_any(JsonValue value, std::initializer_list<const char*> names)
{
    return std::any_of(names.begin(), names.end(), [value](const char* name) {
        return !value[name].is_missing();
    });
}

}  // namespace

// Versions before 0.12.2 have no is_online.
bool is_azuracast(JsonValue value)
{
    return value["station"].is_object() && !value["now_playing"].is_missing() &&
           (has_any(value, {"is_online"}) ||
            has_any(value["station"], {"shortcode"}));
}

Result<Format> detect_json(JsonValue root)
{
    if (root.is_array()) {
        JsonValue first = root.at(0);
        if (first["name"].text() == "icestats") {
            return Format::kPublicstats;
        }
        if (is_onair(first)) {
            return Format::kOnair;
        }
        // AzuraCast without a public station answers with an empty array.
        if (root.size() == 0 || is_azuracast(first)) {
            return Format::kAzuracast;
        }
        return Fault::kUnknownFormat;
    }
    if (root["icestats"].is_object()) {
        return Format::kIcecast;
    }
    if (is_azuracast(root)) {
        return Format::kAzuracast;
    }
    if (is_onair(root)) {
        return Format::kOnair;
    }
    if (has_any(root, {"streamstatus", "totalstreams"})) {
        return Format::kShoutcast2;
    }
    if (has_any(root, {"schedulerTime", "AIRTIME_API_VERSION"}) ||
        has_any(root["station"], {"schedulerTime", "AIRTIME_API_VERSION"})) {
        return Format::kLibretime;
    }
    if (has_any(root, {"current_track"}) && has_any(root, {"status"})) {
        return Format::kRadioco;
    }
    return Fault::kUnknownFormat;
}

Result<Format> detect_markup(std::string_view body)
{
    if (body.find("<icestats") != std::string_view::npos) {
        return Format::kIcecastXml;
    }
    if (body.find("<SHOUTCASTSERVER") != std::string_view::npos) {
        return Format::kShoutcastXml;
    }
    return is_shoutcast1(body) ? Result<Format>(Format::kShoutcast1)
                               : Fault::kUnknownFormat;
}

}  // namespace onair::source
