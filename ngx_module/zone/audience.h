// Who listens where, over all workers: the number in a snapshot's page member,
// whether a poll may slow down. Kept in the zone, by worker, so that what a
// dead worker counted is forgotten with it.
#pragma once

#include "ngx_module/conf/conf.h"

namespace onair::ngx {

// The slot of a station that the zone does not know (yet).
inline constexpr size_t kNoSlot = SIZE_MAX;

// So many more (or fewer) subscribers of this worker want the station of this
// slot, or kNoSlot; or all stations of the zone.
void count_audience(const ZoneConf* zone, size_t slot, int change);
void count_audience_of_all(const ZoneConf* zone, int change);

// Over all workers: of one station, of a zone. audience_of() has those of other
// machines too.
uint32_t audience_here(const ZoneConf* zone, size_t slot);
uint32_t audience_of(const ZoneConf* zone, size_t slot);
bool anybody_listens(const ZoneConf* zone);

// A plain request looked at the zone: for a minute that counts as listening.
void note_interest(const ZoneConf* zone);

}  // namespace onair::ngx
