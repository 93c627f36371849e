#include "ngx_module/poller/notices.h"

#include <algorithm>
#include <iterator>

#include "base/utf8.h"
#include "encoder/number.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "slot/record.h"

namespace onair::ngx {

namespace {

// What is left out is told of again after so long.
constexpr ngx_msec_t kSayAgainMs = 60000;
constexpr size_t kMostShown = 100;  // bytes of what somebody else wrote

uint64_t hash_of_name(const PollConf* conf)
{
    return hash(view(conf->station));
}

const char* leads(bool to_several)
{
    return to_several ? "leads to an object or an array" : "leads nowhere";
}

}  // namespace

bool Notices::only_named() const
{
    return entry_->named.load(std::memory_order_relaxed) == hash_of_name(conf_);
}

void Notices::hear(const source::Reports& reports, const source::Picked& picked)
{
    hear_picked(reports, picked);
    hear_left_out(reports.left_out);
    hear_mounts(reports.stations);
    hear_paths(reports.paths);
    show(reports.left_out);
}

void Notices::hear_picked(const source::Reports& reports,
                          const source::Picked& picked)
{
    if (conf_->station.len == 0 || picked.report == nullptr) {
        return;
    }
    if (picked.by_name) {
        entry_->named.store(hash_of_name(conf_), std::memory_order_relaxed);
        return;
    }
    // A document that names none cannot have it.
    bool names_any = std::any_of(
        reports.stations.begin(), reports.stations.end(),
        [](const Report& report) { return !report.station.empty(); });
    uint64_t taken = hash(picked.report->station);
    if (conf_->mounts_count > 0 || !names_any || taken == taken_ ||
        !lines_.take(ticks(), 0)) {
        return;
    }
    taken_ = taken;
    ngx_str_t name = str(cut(picked.report->station, kMostShown));
    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "onair poll of \"%V\": no station of the answer is called "
                  "\"%V\", \"%V\" is taken",
                  &conf_->location, &conf_->station, &name);
}

void Notices::hear_left_out(const source::LeftOut& left_out)
{
    if ((left_out.past_bound == 0 && left_out.nameless == 0) ||
        (left_out_at_ != 0 && ticks() - left_out_at_ < kSayAgainMs)) {
        return;
    }
    left_out_at_ = ticks();
    if (left_out.past_bound > 0) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "onair poll of \"%V\": %uz stations are left out, more "
                      "than max_stations=%uz",
                      &conf_->location, left_out.past_bound,
                      conf_->source.max_stations);
    }
    if (left_out.nameless > 0) {
        ngx_str_t one = str(cut(left_out.unusable, kMostShown));
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "onair poll of \"%V\": %uz stations are left out, "
                      "without a usable name, the first is \"%V\"; "
                      "\"station=\" gives one a name",
                      &conf_->location, left_out.nameless, &one);
    }
}

void Notices::hear_mounts(std::span<const Report> reports)
{
    std::span<const std::string_view> mounts(conf_->mounts,
                                             conf_->mounts_count);
    if (mounts.size() == 1 && mounts[0] == "*") {
        return;
    }
    uint64_t news = mounts_.hear(reports, mounts);
    if (news == 0) {
        return;
    }
    char room[2 * kMostShown];
    Writer out(room);
    put_mounts(news, out);
    ngx_str_t names = str(out.view());
    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "onair poll of \"%V\": no station is called as \"mounts=%V\" "
                  "says in any answer so far",
                  &conf_->location, &names);
}

void Notices::put_mounts(uint64_t which, Writer& out) const
{
    size_t begin = out.size();
    for (size_t i = 0; i < conf_->mounts_count; i++) {
        if ((which >> i & 1) == 0) {
            continue;
        }
        if (out.size() - begin + conf_->mounts[i].size() > kMostShown &&
            out.size() > begin) {
            out.put(" and others");
            return;
        }
        out.put(out.size() == begin ? "" : ",");
        out.put(cut(conf_->mounts[i], kMostShown));
    }
}

void Notices::hear_paths(const source::PathsLed& led)
{
    uint32_t news = paths_.hear(led);
    for (size_t i = 0; i < std::size(source::kPathFields); i++) {
        uint32_t bit = uint32_t{1} << i;
        if ((news & bit) == 0) {
            continue;
        }
        const source::PathField& field = source::kPathFields[i];
        ngx_str_t word = str(field.word);
        ngx_str_t path = str(conf_->source.paths.*field.path);
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "onair poll of \"%V\": path \"%V=%V\" %s in each "
                      "answer so far",
                      &conf_->location, &word, &path,
                      leads((paths_.to_several() & bit) != 0));
    }
}

void Notices::put_paths(Writer& out) const
{
    for (size_t i = 0; i < std::size(source::kPathFields); i++) {
        uint32_t bit = uint32_t{1} << i;
        if ((paths_.astray() & bit) != 0) {
            const source::PathField& field = source::kPathFields[i];
            out.put(out.size() == 0 ? "" : "; ");
            out.put("path ");
            out.put(field.word);
            out.put('=');
            out.put(conf_->source.paths.*field.path);
            out.put(' ');
            out.put(leads((paths_.to_several() & bit) != 0));
        }
    }
}

void Notices::show(const source::LeftOut& left_out)
{
    char room[2048] = {};
    Writer out(room);
    put_paths(out);
    if (mounts_.missing() != 0) {
        out.put(out.size() == 0 ? "" : "; ");
        out.put("never there so far: mounts=");
        put_mounts(mounts_.missing(), out);
    }
    if (left_out.nameless > 0) {
        out.put(out.size() == 0 ? "" : "; ");
        out.put("left out, without a usable name: ");
        out.put(cut(left_out.unusable, kMostShown));
        out.put(left_out.nameless > 1 ? " and others" : "");
        out.put(", station= gives one a name");
    }
    if (left_out.past_bound > 0) {
        out.put(out.size() == 0 ? "" : "; ");
        out.put("left out, more than max_stations: ");
        encoder::write_unsigned(out, left_out.past_bound);
    }
    // What is too long has holes at its end.
    std::string_view text = out.view().substr(0, out.view().find('\0'));
    // A worker that led before may have left another.
    uint64_t sum = hash(text) | 1;
    if (sum != shown_) {
        shown_ = sum;
        slot::write(entry_->notice, text);
    }
}

}  // namespace onair::ngx
