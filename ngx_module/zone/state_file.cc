#include "ngx_module/zone/state_file.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/block.h"
#include "ngx_module/zone/notifier.h"
#include "ngx_module/zone/room_state.h"
#include "ngx_module/zone/zone.h"
#include "room/archive.h"
#include "slot/archive.h"

namespace onair::ngx {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr ngx_msec_t kEveryMs = 1000;
// Says to whoever reads the file one day that we were here until then.
constexpr ngx_msec_t kTouchMs = 5000;
// Writing takes a hundredth of a worker's time, but is not put off longer.
constexpr ngx_msec_t kShare = 100;
constexpr ngx_msec_t kAtMostMs = 5000;
// A writer that left its file half done is not waited for any longer.
constexpr time_t kGivenUpSeconds = 10;
// What is wrong with a file is said so often: two versions of the module, both
// in service, may write it in turn.
constexpr ngx_msec_t kSayAgainMs = 60000;
// At a worker's end there is no next second, and the other binary of an upgrade
// may write just now. The master kills who takes a second of a fast stop.
constexpr int kLastTries = 100, kTriesOfFastStop = 25;
constexpr ngx_msec_t kLastPauseMs = 20;
constexpr uint64_t kNotOurs = UINT64_MAX;  // as saved(): no more this zone's

ngx_log_t* log_of(const ZoneConf* zone)
{
    return zone->shm->shm.log;
}

// A number that another file, or the same written again, does not have.
uint64_t mark_of(const ngx_file_info_t& info)
{
    const uint64_t parts[] = {static_cast<uint64_t>(info.st_ino),
                              static_cast<uint64_t>(info.st_mtim.tv_sec),
                              static_cast<uint64_t>(info.st_mtim.tv_nsec)};
    // SAFETY: char may alias any object.
    return hash({reinterpret_cast<const char*>(parts), sizeof(parts)});
}

// How long nobody has looked after the file.
uint64_t age_of(const ngx_file_info_t& info)
{
    const UnixMs then = static_cast<UnixMs>(info.st_mtim.tv_sec) * 1000 +
                        info.st_mtim.tv_nsec / 1000000;
    return static_cast<uint64_t>(ngx_max(now().unix_ms - then, 0));
}

// Says why, unless told not to. Always false.
struct NotTaken {
    const ZoneConf* zone;
    bool says = true;

    bool operator()(ngx_err_t err, const char* why) const
    {
        if (says) {
            ngx_log_error(NGX_LOG_WARN, log_of(zone), err,
                          "onair zone \"%V\" takes no states from \"%V\": %s",
                          &zone->name, &zone->state_file, why);
        }
        return false;
    }
    bool operator()(Fault fault) const
    {
        return (*this)(0, fault == Fault::kLayoutChanged
                              ? "another version of the module wrote them"
                              : "parts of them are missing or wrong");
    }
};

// Calls use(bytes, info) with what the file holds. It is in a directory that
// the workers may write to, so it may be anything; not to be there is no fault.
template <typename Use>
bool with_file(const ZoneConf* zone, const NotTaken& not_taken, Use use)
{
    File file(zone->state_file, NGX_FILE_RDONLY, O_NONBLOCK | O_NOFOLLOW, 0);
    ngx_file_info_t info;
    if (!file.ok()) {
        return ngx_errno != NGX_ENOENT &&
               not_taken(ngx_errno, ngx_open_file_n " failed");
    }
    if (ngx_fd_info(file.fd(), &info) == NGX_FILE_ERROR) {
        return not_taken(ngx_errno, ngx_fd_info_n " failed");
    }
    // Room for a zone that was larger.
    const auto most = static_cast<off_t>(4 * zone->size);
    if (!ngx_is_file(&info) || ngx_file_size(&info) > most) {
        return not_taken(0, "it is no file, or too large a one");
    }
    Block block(static_cast<size_t>(ngx_file_size(&info)), log_of(zone));
    if (!block.ok()) {
        return false;
    }
    size_t size = 0;
    while (size < block.bytes().size()) {
        ssize_t n = ngx_read_fd(file.fd(), block.bytes().data() + size,
                                block.bytes().size() - size);
        if (n <= 0) {
            return not_taken(n < 0 ? ngx_errno : 0, "read() failed");
        }
        size += static_cast<size_t>(n);
    }
    return use(ConstBytes(block.bytes()), info);
}

}  // namespace

bool set_state_path(ngx_conf_t* cf, ZoneConf* zone, std::string_view path)
{
    auto* made = zeroed<ngx_path_t>(cf->pool);
    if (made == nullptr) {
        return false;
    }
    made->name = copy(cf->pool, path);
    if (made->name.data == nullptr ||
        ngx_conf_full_name(cf->cycle, &made->name, 0) != NGX_OK) {
        return false;
    }
    // nginx makes the workers' what it finds there.
    ngx_file_info_t info;
    if (ngx_file_info(made->name.data, &info) != NGX_FILE_ERROR &&
        !ngx_is_dir(&info)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"onair_zone\" directive has \"state=%V\", which "
                           "is not a directory",
                           &made->name);
        return false;
    }
    made->conf_file = cf->conf_file->file.name.data;
    made->line = cf->conf_file->line;
    zone->state_path = made;
    if (ngx_add_path(cf, &zone->state_path) != NGX_OK) {
        return false;
    }
    for (ngx_str_t* name : {&zone->state_file, &zone->state_temp}) {
        const char* end = name == &zone->state_file ? "state" : "state.new";
        auto* at = static_cast<u_char*>(
            ngx_pnalloc(cf->pool, made->name.len + zone->name.len + 16));
        if (at == nullptr) {
            return false;
        }
        name->data = at;
        name->len =
            ngx_sprintf(at, "%V/%V.%s%Z", &made->name, &zone->name, end) - at -
            1;
    }
    return true;
}

void load_states(const ZoneConf* conf)
{
    if (conf->state_path == nullptr || ngx_test_config) {
        return;
    }
    const slot::Zone& zone = *conf->shared;
    Block scratch(slot::archive_scratch(zone), log_of(conf));
    if (!scratch.ok()) {
        return;
    }
    NotTaken not_taken{conf};
    auto use = [&](ConstBytes bytes, const ngx_file_info_t& info) {
        room::Parts parts = room::parts_of(bytes);
        restore_rooms(conf, parts.rooms);
        Result<slot::Restored> done =
            slot::restore(zone, parts.stations, age_of(info), now(), author(),
                          scratch.bytes());
        if (!done.ok()) {
            return not_taken(done.fault());
        }
        zone.saved_as().store(mark_of(info), kRelaxed);
        ngx_uint_t level =
            done->taken < done->stations ? NGX_LOG_WARN : NGX_LOG_NOTICE;
        ngx_log_error(
            level, log_of(conf), 0,
            "onair zone \"%V\" begins with %uz of the %uz stations in \"%V\"",
            &conf->name, done->taken, done->stations, &conf->state_file);
        return true;
    };
    with_file(conf, not_taken, use);
}

void forget_state_file(const ZoneConf* conf)
{
    conf->shared->saved().store(kNotOurs, kRelaxed);
}

bool StateFile::has_news() const
{
    const slot::Zone& zone = *conf_->shared;
    uint64_t saved = zone.saved().load(kRelaxed);
    return conf_->state_path != nullptr && saved != kNotOurs &&
           (saved != zone.changes() || rooms_have_news());
}

bool StateFile::rooms_have_news() const
{
    uint64_t news = rooms_news(conf_);
    return news != 0 && news != rooms_saved(conf_);
}

// Whether the file has what the zone has is not known.
void StateFile::doubt() const
{
    conf_->shared->saved().store(0, kRelaxed);
    note_rooms_saved(conf_, 0);
}

// Whether the file may have less than the zone, though nothing is new since it
// was written.
bool StateFile::is_doubtful() const
{
    return !sure_ && (conf_->shared->stations() > 0 || rooms_news(conf_) != 0);
}

void StateFile::turn(Ticks now)
{
    go_on(false);
    if (step_ != Step::kNone) {
        return;
    }
    if (conf_->state_path == nullptr || now < next_ ||
        conf_->shared->saved().load(kRelaxed) == kNotOurs) {
        return;
    }
    next_ = now + kEveryMs;
    look();
    bool due = now - touched_ >= kTouchMs;
    if (has_news() || (due && is_doubtful())) {
        ngx_time_update();
        const Ticks began = ticks();
        save();
        ngx_time_update();
        const Ticks rest = kShare * (ticks() - began);
        next_ = now + ngx_max(kEveryMs, ngx_min(rest, kAtMostMs));
    } else if (due) {
        touch();
    }
}

void StateFile::leave()
{
    go_on(true);
    if (conf_->state_path == nullptr ||
        conf_->shared->saved().load(kRelaxed) == kNotOurs) {
        return;
    }
    written_ = 0;
    const int tries = ngx_terminate ? kTriesOfFastStop : kLastTries;
    for (int i = 0; i < tries && has_to_save(); i++) {
        if (i > 0) {
            ngx_msleep(kLastPauseMs);
        }
        save();
        go_on(true);
    }
    if (!has_news()) {
        touch();
    }
}

// Whether another binary has written the file; then what it knows is ours too.
void StateFile::look()
{
    const slot::Zone& zone = *conf_->shared;
    ngx_file_info_t info;
    if (ngx_file_info(conf_->state_file.data, &info) == NGX_FILE_ERROR) {
        // Somebody took it away, or it is not there yet.
        doubt();
        return;
    }
    if (mark_of(info) == zone.saved_as().load(kRelaxed)) {
        return;
    }
    zone.saved_as().store(mark_of(info), kRelaxed);
    Block scratch(slot::archive_scratch(zone), log_of(conf_));
    uint64_t before = zone.changes();
    NotTaken not_taken{conf_, bad_at_ == 0 || ticks() - bad_at_ > kSayAgainMs};
    bool good = with_file(
        conf_, not_taken, [&](ConstBytes bytes, const ngx_file_info_t& read) {
            zone.saved_as().store(mark_of(read), kRelaxed);
            if (!scratch.ok()) {
                return false;
            }
            room::Parts parts = room::parts_of(bytes);
            bool rooms_are_good = merge_rooms(conf_, parts.rooms);
            Outcome done = slot::merge(zone, parts.stations, now(), author(),
                                       scratch.bytes());
            return done.ok() ? rooms_are_good : not_taken(done.fault());
        });
    if (!good) {
        sure_ = false;
        bad_at_ = not_taken.says ? ticks() : bad_at_;
    }
    if (zone.changes() != before) {
        tell_everybody();
    }
}

// The first of three steps: the rename waits until the file is on the disk, and
// what the zone has counts as saved once the rename is there too.
void StateFile::save()
{
    const slot::Zone& zone = *conf_->shared;
    file_.reopen(conf_->state_temp, NGX_FILE_WRONLY, O_CREAT | O_EXCL, 0600);
    if (!file_.ok()) {
        wait_for_writer();
        return;
    }
    // Nobody else replaces it now: what it has and we have not is not lost.
    [[maybe_unused]] bool locked = file_.lock();
    look();
    changes_ = zone.changes();
    rooms_ = rooms_news(conf_);
    if (!write(file_.fd())) {
        give_up();
        return;
    }
    step_ = Step::kFile;
    sync_.start(file_.fd());
}

// Goes as far as the disk has come; to the end where it may wait.
void StateFile::go_on(bool wait)
{
    while (step_ != Step::kNone && sync_.done(wait)) {
        if (step_ == Step::kFile) {
            replace();
        } else {
            note_saved();
        }
    }
}

void StateFile::replace()
{
    if (sync_.error() != 0) {
        ngx_set_errno(sync_.error());
        fails("fsync()", conf_->state_temp);
        give_up();
        return;
    }
    ngx_file_info_t info;
    if (!is_still_ours(&info)) {
        file_.drop();
        step_ = Step::kNone;
        return;
    }
    if (ngx_rename_file(conf_->state_temp.data, conf_->state_file.data) ==
        NGX_FILE_ERROR) {
        fails(ngx_rename_file_n, conf_->state_file);
        give_up();
        return;
    }
    conf_->shared->saved_as().store(mark_of(info), kRelaxed);
    step_ = Step::kDirectory;
    file_.reopen(conf_->state_path->name, NGX_FILE_RDONLY, O_DIRECTORY, 0);
    if (file_.ok()) {
        sync_.start(file_.fd());
    }
}

// Another one may have taken us for dead.
bool StateFile::is_still_ours(ngx_file_info_t* info) const
{
    ngx_file_info_t there;
    return ngx_fd_info(file_.fd(), info) != NGX_FILE_ERROR &&
           ngx_file_info(conf_->state_temp.data, &there) != NGX_FILE_ERROR &&
           there.st_ino == info->st_ino;
}

void StateFile::note_saved()
{
    // Some file systems have no such thing for directories (EINVAL).
    ngx_err_t error = sync_.error() == NGX_EINVAL ? 0 : sync_.error();
    file_.drop();
    step_ = Step::kNone;
    if (error != 0) {
        ngx_set_errno(error);
        fails("fsync()", conf_->state_path->name);
        return;
    }
    conf_->shared->saved().store(changes_, kRelaxed);
    note_rooms_saved(conf_, rooms_);
    sure_ = true;
    written_++;
    touched_ = ticks();
    if (said_ != 0) {
        said_ = 0;
        ngx_log_error(NGX_LOG_NOTICE, log_of(conf_), 0,
                      "onair zone \"%V\" keeps its states in \"%V\" again",
                      &conf_->name, &conf_->state_file);
    }
}

void StateFile::let_go()
{
    ngx_file_info_t info;
    if (step_ == Step::kFile && is_still_ours(&info)) {
        give_up();
    }
    file_.drop();
    step_ = Step::kNone;
}

void StateFile::give_up()
{
    ngx_delete_file(conf_->state_temp.data);
    file_.drop();
    step_ = Step::kNone;
}

// The other binary writes just now, or a writer died of it.
void StateFile::wait_for_writer()
{
    if (ngx_errno != NGX_EEXIST) {
        fails(ngx_open_file_n, conf_->state_temp);
        return;
    }
    File file(conf_->state_temp, NGX_FILE_WRONLY, O_NONBLOCK | O_NOFOLLOW, 0);
    ngx_file_info_t info;
    if (ngx_file_info(conf_->state_temp.data, &info) == NGX_FILE_ERROR) {
        return;
    }
    // The dead hold no lock. Of a clock that has been set back since, it may be
    // of the future.
    time_t patience = file.ok() && file.lock() ? 1 : kGivenUpSeconds;
    if (ngx_abs(ngx_time() - info.st_mtime) > patience &&
        ngx_delete_file(conf_->state_temp.data) == NGX_FILE_ERROR) {
        fails(ngx_delete_file_n, conf_->state_temp);
    }
}

bool StateFile::write(ngx_fd_t fd)
{
    size_t stations = slot::archive_bound(*conf_->shared);
    Block block(stations + rooms_bound(conf_), log_of(conf_));
    if (!block.ok()) {
        return false;
    }
    // A station that is being written, or was added since: again in a second.
    Result<size_t> size =
        slot::archive(*conf_->shared, now(), block.bytes().first(stations));
    if (!size.ok()) {
        return false;
    }
    const size_t all = *size + write_rooms(conf_, block.bytes().subspan(*size));
    for (size_t at = 0; at < all;) {
        ssize_t n = ngx_write_fd(fd, block.bytes().data() + at, all - at);
        if (n <= 0) {
            return fails("write()", conf_->state_temp);
        }
        at += static_cast<size_t>(n);
    }
    return true;
}

void StateFile::touch()
{
    const slot::Zone& zone = *conf_->shared;
    touched_ = ticks();
    File file(conf_->state_file, NGX_FILE_RDONLY, O_NONBLOCK | O_NOFOLLOW, 0);
    ngx_file_info_t info;
    if (!file.ok()) {
        // The workers have another user now: it is to become theirs.
        doubt();
        return;
    }
    // Else the other binary has written just now, which is looked at next.
    if (ngx_fd_info(file.fd(), &info) != NGX_FILE_ERROR &&
        mark_of(info) == zone.saved_as().load(kRelaxed) &&
        futimens(file.fd(), nullptr) == 0 &&
        ngx_fd_info(file.fd(), &info) != NGX_FILE_ERROR) {
        zone.saved_as().store(mark_of(info), kRelaxed);
    }
}

// Says the same fault once. Always false.
bool StateFile::fails(const char* what, const ngx_str_t& name)
{
    ngx_err_t err = ngx_errno;
    if (err != said_) {
        said_ = err;
        ngx_log_error(NGX_LOG_ERR, log_of(conf_), err,
                      "onair zone \"%V\" cannot keep its states: "
                      "%s \"%V\" failed",
                      &conf_->name, what, &name);
    }
    return false;
}

}  // namespace onair::ngx
