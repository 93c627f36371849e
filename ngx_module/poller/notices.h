// What good answers show to be wrong in the configuration of a poll: stations
// that are left out, paths that lead nowhere, names that no station has. Said
// in the log when it is seen first, and on the status page as long as it holds.
#pragma once

#include "base/bytes.h"
#include "ngx_module/base/line_quota.h"
#include "ngx_module/conf/conf.h"
#include "slot/polls.h"
#include "source/mount_watch.h"
#include "source/path_watch.h"
#include "source/pick.h"

namespace onair::ngx {

class Notices {
  public:
    Notices(const PollConf* conf, slot::PollEntry* entry)
        : conf_(conf), entry_(entry)
    {}

    // Whether only the station that is called as `station=` says may be taken:
    // an earlier answer had it.
    bool only_named() const;

    // After each good answer.
    void hear(const source::Reports& reports, const source::Picked& picked);

  private:
    void hear_picked(const source::Reports& reports,
                     const source::Picked& picked);
    void hear_left_out(const source::LeftOut& left_out);
    void hear_mounts(std::span<const Report> reports);
    void hear_paths(const source::PathsLed& led);
    void show(const source::LeftOut& left_out);
    void put_paths(Writer& out) const;
    void put_mounts(uint64_t which, Writer& out) const;

    const PollConf* conf_;
    slot::PollEntry* entry_;
    source::PathWatch paths_;
    source::MountWatch mounts_;
    LineQuota lines_;
    uint64_t taken_ = 0;  // hash of the name that was told of last
    Ticks left_out_at_ = 0;
    uint64_t shown_ = 0;  // hash of what the status page has
};

}  // namespace onair::ngx
