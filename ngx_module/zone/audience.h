// Who listens where, over all workers: the number in a snapshot's page member,
// whether a poll may slow down, and the caps on connections. Kept in the zone,
// by worker, so that what a dead worker counted is forgotten with it.
#pragma once

#include "ngx_module/conf/conf.h"
#include "ngx_module/fanout/topic.h"
#include "ngx_module/fanout/watch.h"

namespace onair::ngx {

// So many more (or fewer) subscribers of this worker want the topic's station;
// all of a zone's.
void count_audience(const Topic* topic, int change);
void count_audience(const AllStations* all, int change);

// Over all workers: of one station, of a zone.
uint32_t audience_of(const ZoneConf* zone, size_t slot);
bool anybody_listens(const ZoneConf* zone);

// A plain request looked at the zone: for a minute that counts as listening.
void note_interest(const ZoneConf* zone);

}  // namespace onair::ngx
