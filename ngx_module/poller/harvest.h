// One good answer of a source: parsed by the core, put into the slots.
#pragma once

#include "base/result.h"
#include "ngx_module/conf/conf.h"
#include "ngx_module/poller/notices.h"
#include "source/source.h"

namespace onair::ngx {

class Harvest {
  public:
    Harvest(const PollConf* conf, Notices* notices)
        : conf_(conf), notices_(notices)
    {}

    // `charset`: what the answer's own head says, none for a name that nobody
    // knows. Faults: those of source::read(), and kNoStations where neither
    // document nor location names the station.
    Outcome take(ConstBytes body, std::optional<source::Charset> charset);
    size_t stations() const { return stations_; }
    size_t changes() const { return changes_; }

  private:
    Outcome take(ConstBytes body, const source::Options& options, Bytes memory);
    Outcome put(const source::Reports& reports, Arena& arena);
    void put(std::string_view name, const Report& report, uint8_t* seen);
    void put_sum(const source::Reports& reports, Arena& arena, uint8_t* seen);
    bool names_none(const source::Reports& reports) const;
    void put(size_t index, const Report& report);
    void put_missing(const uint8_t* seen);
    size_t find(std::string_view name);
    slot::Source source() const;

    const PollConf* conf_;
    Notices* notices_;
    size_t stations_ = 0;
    size_t changes_ = 0;
};

}  // namespace onair::ngx
