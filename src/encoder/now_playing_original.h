// The object that an AzuraCast said itself, said again: its own members
// untouched, and the few that time changes put in. Inner header of the stage.
#pragma once

#include "encoder/snapshot.h"

namespace onair::encoder {

// It is there, and has nothing in it that would break a line.
bool can_be_told(const Original& original);

// `original` of the state, which can_be_told(): elapsed and remaining as of the
// view's clock, is_online false where the station is off air by now.
void write_original(Writer& out, const slot::State& state, const View& view,
                    bool pushed);

// The object `station` in it; empty: there is none.
std::string_view own_station(const Original& original);
// Its number; 0: there is none.
uint32_t own_station_number(const Original& original);

}  // namespace onair::encoder
