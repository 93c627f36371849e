// The file that keeps a zone's states over a restart and an upgrade
// (onair_zone state=). The worker that leads the zone writes it, a second at
// the latest after a change; the master reads it when it makes the zone. Two
// binaries that serve side by side in an upgrade tell each other through it.
#pragma once

#include <string_view>

#include "ngx_module/conf/conf.h"
#include "ngx_module/zone/disk.h"

namespace onair::ngx {

// Parameter of the directive: a directory, made and given to the workers' user
// as those of temporary files are. False after having said what is wrong.
bool set_state_path(ngx_conf_t* cf, ZoneConf* zone, std::string_view path);

// In the master, for a zone just created. What cannot be read is logged and
// left: the zone begins empty.
void load_states(const ZoneConf* zone);

// In the master: the zone has been replaced by another one of its name, whose
// file this is now.
void forget_state_file(const ZoneConf* zone);

// In a worker: of use to the one that leads the zone.
class StateFile {
  public:
    void start(const ZoneConf* conf) { conf_ = conf; }
    void turn(Ticks now);
    // Another worker leads the zone: what is under way is left to it.
    void let_go();
    // At the worker's end: what is not written yet, and until when we were.
    // Waits for the disk.
    void leave();
    // Something was told that is not in the file.
    bool has_news() const;

  private:
    // Which of two things the disk has to have before the next is done.
    static constexpr int kLastWrites = 5;
    enum class Step : uint8_t { kNone, kFile, kDirectory };

    bool rooms_have_news() const;
    void doubt() const;
    bool is_doubtful() const;
    // At a worker's end.
    bool has_to_save() const
    {
        return written_ < kLastWrites && (has_news() || is_doubtful());
    }
    void look();
    void save();
    void go_on(bool wait);
    void replace();
    bool is_still_ours(ngx_file_info_t* info) const;
    void note_saved();
    void give_up();
    void wait_for_writer();
    bool write(ngx_fd_t fd);
    void touch();
    bool fails(const char* what, const ngx_str_t& name);

    const ZoneConf* conf_ = nullptr;
    Ticks next_ = 0;
    Ticks touched_ = 0;
    ngx_err_t said_ = 0;  // the fault that the log has
    // The file is as this worker has written it, and nobody has spoilt it: an
    // older one may be in the directory of a new configuration.
    bool sure_ = false;
    int written_ = 0;   // times
    Ticks bad_at_ = 0;  // when the log was told of a file of no use
    Step step_ = Step::kNone;
    File file_;             // the one under way, then its directory
    DiskSync sync_;         // of file_
    uint64_t changes_ = 0;  // of the zone, that it holds
    uint64_t rooms_ = 0;    // likewise, of its rooms
};

}  // namespace onair::ngx
