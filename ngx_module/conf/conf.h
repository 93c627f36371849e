// The configuration as nginx holds it: plain structs, made by the directives
// in the master, read by the workers, living as long as their cycle.
#pragma once

#include "encoder/form.h"
#include "ngx_module/base/ngx.h"
#include "room/rooms.h"
#include "slot/zone.h"
#include "sound/ring.h"
#include "source/source.h"
#include "subscriber/origin.h"

namespace onair::ngx {

// Where a directive stands, for what is found wrong when all is read.
struct WrittenAt {
    ngx_str_t directive;
    ngx_str_t file;
    ngx_uint_t line;  // 0: nowhere
};

// The directive that is being read.
WrittenAt written_at(const ngx_conf_t* cf);

// What a zone has in common with those of other machines: `share` of
// onair_zone.
inline constexpr ngx_uint_t kShareRooms = 1;
inline constexpr ngx_uint_t kSharePublications = 2;
inline constexpr ngx_uint_t kShareCounts = 4;

// A zone as configured, and the shared memory behind it.
struct ZoneConf {
    ngx_str_t name;
    size_t size;
    ngx_uint_t stations;  // 0: as many as fit
    ngx_uint_t history;
    ngx_flag_t defined;
    size_t sound;  // bytes for the sound of each of its stations
    // A browser hears it so much later than it came; 0: no location has it.
    ngx_msec_t sound_lag;
    ngx_flag_t slows;  // a poll of it is rarer while nobody listens
    ngx_uint_t index;  // among the zones of the cycle
    // The directive that named it first, for what is found wrong at the end.
    ngx_str_t directive;
    ngx_str_t file;
    ngx_uint_t line;
    ngx_path_t* state_path;  // nullptr: states are not kept in a file
    ngx_str_t state_file;    // in it; ends with a NUL
    ngx_str_t state_temp;    // the same, while it is written
    room::Options rooms;     // .rooms 0: it has none
    ngx_uint_t share;        // with other machines; 0: nothing
    ngx_flag_t has_rooms;    // a location lets members in
    ngx_msec_t room_hold;    // of its locations, the longest
    room::Plan room_plan;    // of size 0: none
    room::Rooms* talks;      // a view, set with `shared`
    ngx_shm_zone_t* shm;
    ngx_shm_zone_t* replaces;  // of the cycle before, laid out otherwise
    // A view of the mapping, set when nginx has mapped it.
    slot::Zone* shared;

    slot::Options options() const
    {
        return {stations, history, static_cast<size_t>(room_plan.size)};
    }
};

// The sound of a station, which its worker that leads the zone pulls.
struct PullConf {
    ZoneConf* zone;
    ngx_str_t station;
    ngx_flag_t has_kind;
    sound::Kind kind;
    ngx_flag_t always;  // pulled also while nobody listens
    ngx_msec_t demand;  // else left so long after the last listener
    bool counts;        // its listeners are the station's
    ngx_uint_t index;   // among the sounds of the cycle
    ngx_str_t memory;   // its name
    ngx_shm_zone_t* shm;
    // A view of the mapping, set when nginx has mapped it.
    sound::Ring* ring;
};

// A location that is polled, or (feed) that says when to poll, or (pull) whose
// endless answer is a station's sound.
struct PollConf {
    ZoneConf* zone;
    ngx_str_t location;  // the URI that is asked
    ngx_str_t station;   // empty: the document names its stations
    // The mounts that are this station together; none: it is one of them.
    std::string_view* mounts;
    ngx_uint_t mounts_count;
    ngx_http_conf_ctx_t* ctx;
    ngx_str_t file;  // where it is configured
    ngx_uint_t line;
    uint32_t key;  // as a source; set by check_conf()

    source::Options source;
    ngx_msec_t interval;
    ngx_msec_t timeout;
    ngx_msec_t idle;
    ngx_msec_t stale;
    ngx_msec_t offline;
    ngx_msec_t hold;
    ngx_msec_t delay;
    ngx_uint_t priority;
    size_t max_body;

    ngx_flag_t feed;
    ngx_str_t feed_of;  // the poll location it hurries; empty: all of the zone

    PullConf* pull;
};

// Which pages: onair_origin, and `pages` of onair_publish.
struct OriginConf {
    ngx_flag_t any;
    ngx_flag_t same;
    ngx_flag_t null;
    std::string_view* hosts;
    ngx_uint_t count;
};

// As the core has it; nullptr: any.
subscriber::OriginRule rule_of(const OriginConf* conf);

// Who may push at a location: `from`, `pages` and `key` of onair_publish and
// onair_room_control.
struct AccessConf {
    ngx_flag_t from_any;  // the access rules say who may come
    OriginConf pages;
    std::string_view* names;  // of the server, without patterns
    ngx_uint_t names_count;
    ngx_str_t api_key;  // to be said by who pushes; empty: none
};

struct PublishConf {
    ZoneConf* zone;
    ngx_http_complex_value_t* station;  // nullptr: the request names it
    ngx_msec_t expires;                 // 0: a state lasts until the next
    ngx_uint_t priority;
    ngx_msec_t hold;
    uint32_t key;
    ngx_http_core_loc_conf_t* core;
    source::Repair repair;
    size_t max_body;
    AccessConf access;
};

// onair_health
struct HealthConf {
    ZoneConf* zone;              // nullptr: no station is required
    std::string_view* stations;  // that have to be on air
    ngx_uint_t count;
};

// A location in which members enter rooms.
struct RoomConf {
    ngx_http_complex_value_t* name;  // nullptr: the URI after the prefix
    ngx_uint_t history;              // messages shown to who enters
    ngx_uint_t members;              // of one room; 0: no bound
    ngx_msec_t window;               // NGX_CONF_UNSET_MSEC: by the members
    ngx_uint_t show;                 // messages a second; 0: all
    ngx_msec_t slow;
    ngx_msec_t hold;
    std::string_view* reactions;
    ngx_uint_t reactions_count;
    ngx_flag_t given_names;  // none is the client's to choose
    ngx_flag_t unlisted;     // members are not listed
};

// onair_member: who a client is, in the operator's words.
struct MemberConf {
    ngx_http_complex_value_t* id;
    ngx_http_complex_value_t* name;
    ngx_http_complex_value_t* role;
};

struct LocConf;

// onair_signalling, onair_peerjs, onair_yjs
struct SignallingConf {
    ngx_str_t room;  // locations of the same are one server
    ngx_flag_t is_private;
    ngx_flag_t polls;    // pages are told to poll
    ngx_msec_t session;  // a polling client that is silent for so long is gone
    ngx_msec_t hold;     // of PeerJS: messages, and ids of broken connections
    ngx_str_t key;       // of PeerJS
};

// onair_turn
struct TurnConf {
    ngx_str_t secret;
    std::string_view* uris;
    ngx_uint_t uris_count;
    ngx_msec_t lasts;
    ngx_http_complex_value_t* user;  // nullptr: none is named
};

struct EngineConf;

struct MainConf {
    ngx_array_t zones;  // ZoneConf*
    ngx_array_t polls;  // PollConf*
    ngx_array_t rooms;  // LocConf*, of those with onair_room
    ngx_array_t pulls;  // PullConf*
    ngx_shm_zone_t* roster;
    ngx_msec_t drain;
    ngx_flag_t used;       // any directive of ours: else nothing is started
    ngx_flag_t converses;  // clients of Centrifugo's protocol are spoken with
    ngx_flag_t originals;  // something tells what an AzuraCast says itself
    ngx_flag_t signals;    // peers are put through
    EngineConf* engine;    // onair_redis; nullptr: this machine is alone
};

enum class Purpose : ngx_uint_t {
    kNone,
    kSubscribe,
    kEcho,
    kPublish,
    kStatus,
    kHealth,
    kAzuracast,
    kCentrifuge,
    kRoom,
    kRoomControl,
    kDanmaku,
    kSignalling,
    kPeerJs,
    kYjs,
    kListen,
};

inline bool is_signalling(Purpose purpose)
{
    return purpose == Purpose::kSignalling || purpose == Purpose::kPeerJs ||
           purpose == Purpose::kYjs;
}

// As the core has it; nullptr: any.
subscriber::OriginRule rule_of(const OriginConf* conf);

struct LocConf {
    Purpose purpose;

    ngx_http_core_loc_conf_t* core;  // of the location with this purpose
    ngx_http_handler_pt handler;     // and what is to answer there
    WrittenAt purpose_at;

    // onair, onair_echo
    ZoneConf* zone;
    ngx_http_complex_value_t* station;  // nullptr: the URI after the prefix
    ngx_flag_t strict;

    PollConf* poll;
    PublishConf* publish;

    // onair_listen
    ngx_msec_t listen_burst;
    ngx_msec_t listen_quantum;
    ngx_uint_t listen_metaint;
    HealthConf* health;
    RoomConf* room;
    AccessConf* control;  // of onair_room_control
    MemberConf* member;   // nullptr: nobody says who a client is

    // onair_station, for the variables
    ngx_http_complex_value_t* of_station;
    ZoneConf* of_zone;

    encoder::Form form;   // onair_format
    ngx_flag_t form_set;  // not inherited
    ngx_flag_t deflate;
    ngx_msec_t heartbeat;
    ngx_msec_t heartbeat_timeout;
    OriginConf* origin;
    size_t max_message;
    ngx_uint_t message_rate;  // a second; 0: no limit
    ngx_uint_t message_burst;
    ngx_int_t most_connections;  // in the zone
    ngx_int_t most_per_address;
    WrittenAt delay_at;
    ngx_msec_t delay;
    ngx_flag_t delay_auto;
    size_t delay_burst;
    ngx_open_file_t* log;
    SignallingConf* signalling;
    TurnConf* turn;
};

void* create_main_conf(ngx_conf_t* cf);
char* init_main_conf(ngx_conf_t* cf, void* conf);
void* create_loc_conf(ngx_conf_t* cf);
char* merge_loc_conf(ngx_conf_t* cf, void* parent, void* child);

// What is the room's of this name: of the first location that leads to it, for
// those that are not at one. nullptr: none does.
const RoomConf* room_conf_of(const MainConf* main, const ZoneConf* zone,
                             std::string_view name);

// Their names; `room` may be nullptr.
std::span<const std::string_view> reactions_of(const RoomConf* room);

// The zone of this name, declared if it is not yet; nullptr without memory.
ZoneConf* find_zone(ngx_conf_t* cf, std::string_view name);

inline MainConf* main_conf(const ngx_cycle_t* cycle)
{
    return static_cast<MainConf*>(
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_onair_module));
}

inline LocConf* loc_conf(const ngx_http_request_t* r)
{
    return static_cast<LocConf*>(
        ngx_http_get_module_loc_conf(r, ngx_http_onair_module));
}

// Name of the server that a poll location is in; empty: it has none.
std::string_view server_of(const PollConf* poll);

// 40 s of 128 kbit/s.
inline constexpr size_t kDefaultSound = size_t{1} * 1024 * 1024;
inline constexpr std::string_view kDefaultZone = "onair";
inline constexpr size_t kDefaultZoneSize = size_t{4} * 1024 * 1024;

}  // namespace onair::ngx
