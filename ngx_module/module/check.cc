#include "ngx_module/module/check.h"

#include "base/bytes.h"
#include "ngx_module/base/str.h"
#include "ngx_module/conf/conf.h"
#include "ngx_module/module/check_rooms.h"
#include "ngx_module/module/directives_engine.h"
#include "ngx_module/signalling/memory.h"
#include "ngx_module/zone/rings.h"
#include "ngx_module/zone/zone.h"

namespace onair::ngx {

namespace {

ngx_int_t check_zones(ngx_conf_t* cf, MainConf* main)
{
    auto** zones = static_cast<ZoneConf**>(main->zones.elts);
    for (ngx_uint_t i = 0; i < main->zones.nelts; i++) {
        ZoneConf* zone = zones[i];
        if (!zone->defined && view(zone->name) == kDefaultZone) {
            zone->size = default_zone_size(cf, zone);
            zone->defined = 1;
        }
        if (!zone->defined) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "unknown onair zone \"%V\" in \"%V\" directive "
                          "in %V:%ui",
                          &zone->name, &zone->directive, &zone->file,
                          zone->line);
            return NGX_ERROR;
        }
        if (check_share(cf, main, zone) != NGX_OK ||
            plan_rooms(cf, zone) != NGX_OK ||
            add_zone_memory(cf, zone) != NGX_OK) {
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}

// Two servers may have a location of the same name: the key tells them apart
// by what a reload does not change.
uint32_t key_of(const PollConf* poll)
{
    uint64_t hash = hash_more(kHashSeed, poll->pull != nullptr ? "pull"
                                         : poll->feed          ? "feed"
                                                               : "poll");
    hash = hash_more(hash, server_of(poll));
    hash = hash_end(hash_more(hash, view(poll->location)));
    auto key = static_cast<uint32_t>(hash ^ (hash >> 32));
    return key == 0 ? 1 : key;
}

// Equal keys within one zone (the same location of servers without a name) are
// told apart by their order.
uint32_t unused_key(PollConf** before, const PollConf* poll, uint32_t key)
{
    for (PollConf** other = before; *other != poll; other++) {
        if ((*other)->zone == poll->zone && (*other)->key == key) {
            return unused_key(before, poll, key == UINT32_MAX ? 1 : key + 1);
        }
    }
    return key;
}

bool leads_to_poll(const MainConf* main, const PollConf* feed)
{
    auto** polls = static_cast<PollConf**>(main->polls.elts);
    for (ngx_uint_t i = 0; i < main->polls.nelts; i++) {
        if (polls[i]->feed || polls[i]->pull != nullptr ||
            polls[i]->zone != feed->zone) {
            continue;
        }
        if (feed->feed_of.len == 0 ||
            view(feed->feed_of) == view(polls[i]->location)) {
            return true;
        }
    }
    return false;
}

ngx_int_t check_polls(ngx_conf_t* cf, MainConf* main)
{
    auto** polls = static_cast<PollConf**>(main->polls.elts);
    for (ngx_uint_t i = 0; i < main->polls.nelts; i++) {
        PollConf* poll = polls[i];
        // Not before: it is the merge that gives a server its name.
        poll->key = unused_key(polls, poll, key_of(poll));
        poll->source.originals = main->originals != 0;
        if (poll->feed && !leads_to_poll(main, poll)) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"onair_feed\" of location \"%V\" leads to no "
                          "\"onair_poll\" of zone \"%V\" in %V:%ui",
                          &poll->location, &poll->zone->name, &poll->file,
                          poll->line);
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}

// A station has one sound; which of several sources it is of, an upstream says.
ngx_int_t check_pulls(ngx_conf_t* cf, MainConf* main)
{
    auto** polls = static_cast<PollConf**>(main->polls.elts);
    for (ngx_uint_t i = 0; i < main->polls.nelts; i++) {
        PollConf* poll = polls[i];
        if (poll->pull == nullptr) {
            continue;
        }
        if (find_pull(main, poll->zone, view(poll->station)) != nullptr) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "duplicate sound of station \"%V\" in zone \"%V\" "
                          "in %V:%ui",
                          &poll->station, &poll->zone->name, &poll->file,
                          poll->line);
            return NGX_ERROR;
        }
        poll->pull->zone = poll->zone;
        if (add_ring_memory(cf, main, poll->pull) != NGX_OK) {
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}

}  // namespace

ngx_int_t check_conf(ngx_conf_t* cf)
{
    auto* main = static_cast<MainConf*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_onair_module));
    if (!main->used) {
        return NGX_OK;
    }
    if (check_zones(cf, main) != NGX_OK || check_polls(cf, main) != NGX_OK ||
        check_pulls(cf, main) != NGX_OK) {
        return NGX_ERROR;
    }
    warn_of_unlike_rooms(cf, main);
    if (main->signals && add_signalling_memory(cf) != NGX_OK) {
        return NGX_ERROR;
    }
    return add_roster_memory(cf, main);
}

}  // namespace onair::ngx
