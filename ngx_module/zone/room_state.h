// The rooms of a zone in the file of its states (state_file.h), which calls
// this; for a zone without rooms nothing is written and nothing read.
#pragma once

#include "ngx_module/conf/conf.h"

namespace onair::ngx {

// Bytes that write_rooms() may need, and those that it wrote behind the states;
// 0: none.
size_t rooms_bound(const ZoneConf* zone);
size_t write_rooms(const ZoneConf* zone, Bytes out);

// What the rooms hold now, as a number; 0: there is nothing to keep.
uint64_t rooms_news(const ZoneConf* zone);
// The same as the file has it, whoever wrote that.
uint64_t rooms_saved(const ZoneConf* zone);
void note_rooms_saved(const ZoneConf* zone, uint64_t news);

// In the master, for a zone just created: what a file, or the zone that this
// one stands in for, has of them.
void restore_rooms(const ZoneConf* zone, ConstBytes rooms);
void inherit_rooms(const ZoneConf* zone, const ZoneConf* old);

// In a worker: what another binary beside this one has written. False: it is of
// no use.
bool merge_rooms(const ZoneConf* zone, ConstBytes rooms);

}  // namespace onair::ngx
