#include "ngx_module/conf/conf.h"

#include "ngx_module/base/pool.h"
#include "ngx_module/base/str.h"

namespace onair::ngx {

void* create_main_conf(ngx_conf_t* cf)
{
    auto* conf = zeroed<MainConf>(cf->pool);
    if (conf == nullptr ||
        ngx_array_init(&conf->zones, cf->pool, 2, sizeof(ZoneConf*)) !=
            NGX_OK ||
        ngx_array_init(&conf->polls, cf->pool, 4, sizeof(PollConf*)) !=
            NGX_OK ||
        ngx_array_init(&conf->rooms, cf->pool, 2, sizeof(LocConf*)) != NGX_OK ||
        ngx_array_init(&conf->pulls, cf->pool, 2, sizeof(PullConf*)) !=
            NGX_OK) {
        return nullptr;
    }
    conf->drain = NGX_CONF_UNSET_MSEC;
    return conf;
}

char* init_main_conf(ngx_conf_t* cf, void* conf)
{
    (void)cf;
    auto* main = static_cast<MainConf*>(conf);
    ngx_conf_init_msec_value(main->drain, 5000);
    return NGX_CONF_OK;
}

void* create_loc_conf(ngx_conf_t* cf)
{
    auto* conf = zeroed<LocConf>(cf->pool);
    if (conf == nullptr) {
        return nullptr;
    }
    conf->deflate = NGX_CONF_UNSET;
    conf->heartbeat = NGX_CONF_UNSET_MSEC;
    conf->heartbeat_timeout = NGX_CONF_UNSET_MSEC;
    conf->origin = static_cast<OriginConf*>(NGX_CONF_UNSET_PTR);
    conf->member = static_cast<MemberConf*>(NGX_CONF_UNSET_PTR);
    conf->max_message = NGX_CONF_UNSET_SIZE;
    conf->message_rate = NGX_CONF_UNSET_UINT;
    conf->message_burst = NGX_CONF_UNSET_UINT;
    conf->most_connections = NGX_CONF_UNSET;
    conf->most_per_address = NGX_CONF_UNSET;
    conf->of_station =
        static_cast<ngx_http_complex_value_t*>(NGX_CONF_UNSET_PTR);
    conf->log = static_cast<ngx_open_file_t*>(NGX_CONF_UNSET_PTR);
    conf->turn = static_cast<TurnConf*>(NGX_CONF_UNSET_PTR);
    return conf;
}

namespace {

// The default is a location's: an echo is there to be tried out and has no
// bound unless told so, and nobody has more to say to a room than this.
void merge_message_rate(LocConf* conf, const LocConf* prev)
{
    if (conf->message_rate == NGX_CONF_UNSET_UINT) {
        conf->message_rate = prev->message_rate;
        conf->message_burst = prev->message_burst;
    }
    if (conf->message_rate == NGX_CONF_UNSET_UINT &&
        conf->purpose != Purpose::kNone) {
        bool talks =
            conf->purpose == Purpose::kRoom ||
            conf->purpose == Purpose::kDanmaku ||
            (conf->purpose == Purpose::kCentrifuge && conf->room != nullptr);
        // A browser finds an offer and a dozen candidates for each peer at
        // once.
        bool signals = is_signalling(conf->purpose);
        conf->message_rate = conf->purpose == Purpose::kEcho ? 0
                             : talks                         ? 5
                             : signals                       ? 50
                                                             : 10;
        conf->message_burst = signals ? 400 : 20;
    }
}

// nginx forgets the list of a server's names once it has its hashes.
bool keep_names(ngx_conf_t* cf, AccessConf* access)
{
    auto* server = static_cast<ngx_http_core_srv_conf_t*>(
        ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module));
    auto* names =
        static_cast<ngx_http_server_name_t*>(server->server_names.elts);
    access->names = static_cast<std::string_view*>(ngx_pcalloc(
        cf->pool, (server->server_names.nelts + 1) * sizeof(std::string_view)));
    if (access->names == nullptr) {
        return false;
    }
    for (ngx_uint_t i = 0; i < server->server_names.nelts; i++) {
        std::string_view name = view(names[i].name);
        // "*.example.com", ".example.com", "www.example.*", "~^www": nginx may
        // have chosen the server by them, or as the default one.
        bool pattern = name.empty() || name.front() == '.' ||
                       name.front() == '~' ||
                       name.find('*') != std::string_view::npos;
#if (NGX_PCRE)
        pattern = pattern || names[i].regex != nullptr;
#endif
        if (!pattern) {
            access->names[access->names_count++] = name;
        }
    }
    return true;
}

// A client of Centrifugo's may subscribe to many channels at once; what members
// say may be a picture's or a browser's description of its media.
void merge_max_message(LocConf* conf, const LocConf* prev)
{
    if (conf->max_message == NGX_CONF_UNSET_SIZE) {
        conf->max_message = prev->max_message;
    }
    if (conf->max_message == NGX_CONF_UNSET_SIZE &&
        conf->purpose != Purpose::kNone) {
        bool wordy = conf->purpose == Purpose::kAzuracast ||
                     conf->purpose == Purpose::kCentrifuge ||
                     conf->purpose == Purpose::kRoom ||
                     conf->purpose == Purpose::kRoomControl ||
                     is_signalling(conf->purpose);
        conf->max_message = size_t{wordy ? 64u : 4u} * 1024;
    }
}

// A block of "if" or "limit_except" is a location of its own to nginx, in which
// the one around it goes on answering.
void stay_in_location(ngx_conf_t* cf, LocConf* conf, const LocConf* prev)
{
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    if (!core->noname || prev->purpose == Purpose::kNone) {
        return;
    }
    conf->purpose = prev->purpose;
    conf->zone = prev->zone;
    conf->station = prev->station;
    conf->strict = prev->strict;
    conf->core = prev->core;
    conf->publish = prev->publish;
    conf->signalling = prev->signalling;
    conf->listen_burst = prev->listen_burst;
    conf->listen_quantum = prev->listen_quantum;
    conf->listen_metaint = prev->listen_metaint;
    conf->health = prev->health;
    conf->room = prev->room;
    conf->control = prev->control;
    conf->delay = prev->delay;
    conf->delay_auto = prev->delay_auto;
    conf->delay_burst = prev->delay_burst;
    if (core->lmt_excpt && core->handler == nullptr) {
        core->handler = prev->core->handler;
    }
}

// nginx takes the last handler of a location and says nothing.
bool answers_alone(ngx_conf_t* cf, const LocConf* conf)
{
    const WrittenAt& at = conf->purpose_at;
    if (at.line == 0 || conf->core->handler == conf->handler) {
        return true;
    }
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"%V\" directive stands beside another directive that "
                  "answers requests of this location in %V:%ui",
                  &at.directive, &at.file, at.line);
    return false;
}

void warn_of_idle_delay(ngx_conf_t* cf, const LocConf* conf)
{
    const WrittenAt& at = conf->delay_at;
    bool tells = conf->purpose == Purpose::kSubscribe ||
                 conf->purpose == Purpose::kAzuracast ||
                 conf->purpose == Purpose::kCentrifuge;
    if (at.line != 0 && !tells) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"%V\" directive does nothing in a location without "
                      "\"onair\" in %V:%ui",
                      &at.directive, &at.file, at.line);
    }
}

}  // namespace

WrittenAt written_at(const ngx_conf_t* cf)
{
    return {*static_cast<ngx_str_t*>(cf->args->elts), cf->conf_file->file.name,
            cf->conf_file->line};
}

char* merge_loc_conf(ngx_conf_t* cf, void* parent, void* child)
{
    auto* prev = static_cast<LocConf*>(parent);
    auto* conf = static_cast<LocConf*>(child);

    if (!answers_alone(cf, conf)) {
        return static_cast<char*>(NGX_CONF_ERROR);
    }
    warn_of_idle_delay(cf, conf);
    if ((conf->publish != nullptr && !keep_names(cf, &conf->publish->access)) ||
        (conf->control != nullptr && !keep_names(cf, conf->control))) {
        return static_cast<char*>(NGX_CONF_ERROR);
    }
    stay_in_location(cf, conf, prev);
    if (!conf->form_set) {
        conf->form = prev->form;
    }
    ngx_conf_merge_value(conf->deflate, prev->deflate, 0);
    ngx_conf_merge_msec_value(conf->heartbeat, prev->heartbeat, 25000);
    ngx_conf_merge_msec_value(conf->heartbeat_timeout, prev->heartbeat_timeout,
                              60000);
    ngx_conf_merge_ptr_value(conf->origin, prev->origin, nullptr);
    ngx_conf_merge_ptr_value(conf->member, prev->member, nullptr);
    merge_max_message(conf, prev);
    merge_message_rate(conf, prev);
    ngx_conf_merge_value(conf->most_connections, prev->most_connections, 0);
    ngx_conf_merge_value(conf->most_per_address, prev->most_per_address, 0);
    ngx_conf_merge_ptr_value(conf->log, prev->log, nullptr);
    ngx_conf_merge_ptr_value(conf->turn, prev->turn, nullptr);
    if (conf->of_station == NGX_CONF_UNSET_PTR) {
        conf->of_zone = prev->of_zone;
    }
    ngx_conf_merge_ptr_value(conf->of_station, prev->of_station, nullptr);
    return NGX_CONF_OK;
}

subscriber::OriginRule rule_of(const OriginConf* conf)
{
    subscriber::OriginRule rule;
    if (conf != nullptr) {
        rule.any = conf->any != 0;
        rule.same = conf->same != 0;
        rule.null = conf->null != 0;
        rule.hosts = {conf->hosts, conf->count};
    }
    return rule;
}

const RoomConf* room_conf_of(const MainConf* main, const ZoneConf* zone,
                             std::string_view name)
{
    auto** rooms = static_cast<LocConf**>(main->rooms.elts);
    for (ngx_uint_t i = 0; i < main->rooms.nelts; i++) {
        const RoomConf* room = rooms[i]->room;
        bool fixed = room->name != nullptr && room->name->lengths == nullptr;
        if (rooms[i]->zone == zone &&
            (!fixed || view(room->name->value) == name)) {
            return room;
        }
    }
    return nullptr;
}

std::span<const std::string_view> reactions_of(const RoomConf* room)
{
    if (room == nullptr) {
        return {};
    }
    return {room->reactions, room->reactions_count};
}

ZoneConf* find_zone(ngx_conf_t* cf, std::string_view name)
{
    auto* main = static_cast<MainConf*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_onair_module));
    auto** zones = static_cast<ZoneConf**>(main->zones.elts);
    for (ngx_uint_t i = 0; i < main->zones.nelts; i++) {
        if (view(zones[i]->name) == name) {
            return zones[i];
        }
    }

    auto* zone = zeroed<ZoneConf>(cf->pool);
    auto** place = static_cast<ZoneConf**>(ngx_array_push(&main->zones));
    if (zone == nullptr || place == nullptr) {
        return nullptr;
    }
    zone->name = copy(cf->pool, name);
    zone->index = main->zones.nelts - 1;
    zone->history = 10;
    zone->sound = kDefaultSound;
    zone->directive = *static_cast<ngx_str_t*>(cf->args->elts);
    zone->file = cf->conf_file->file.name;
    zone->line = cf->conf_file->line;
    if (zone->name.data == nullptr) {
        return nullptr;
    }
    *place = zone;
    return zone;
}

std::string_view server_of(const PollConf* poll)
{
    auto* server = static_cast<ngx_http_core_srv_conf_t*>(
        poll->ctx->srv_conf[ngx_http_core_module.ctx_index]);
    return view(server->server_name);
}

}  // namespace onair::ngx
