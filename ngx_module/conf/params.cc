#include "ngx_module/conf/params.h"

#include "subscriber/station_list.h"

namespace onair::ngx {

namespace {

// The name of NAME=VALUE with its equals sign; of a plain word, the word.
std::string_view key_of(std::string_view argument)
{
    return argument.substr(0, argument.find('=') + 1);
}

bool same_parameter(std::string_view a, std::string_view b)
{
    return key_of(a).empty() ? a == b : key_of(a) == key_of(b);
}

// nginx would take what follows for a variable where it fills them in.
bool names_variable(std::string_view text)
{
    size_t at = text.find('$');
    if (at == std::string_view::npos || at + 1 == text.size()) {
        return false;
    }
    char next = text[at + 1];
    char lower = static_cast<char>(next | 0x20);
    return next == '{' || next == '_' || (lower >= 'a' && lower <= 'z') ||
           (next >= '0' && next <= '9') || names_variable(text.substr(at + 1));
}

}  // namespace

bool Params::next()
{
    if (at_ + 1 >= count_) {
        return false;
    }
    at_++;
    return true;
}

bool Params::distinct()
{
    for (ngx_uint_t i = 2; i < count_; i++) {
        for (ngx_uint_t j = 1; j < i; j++) {
            if (same_parameter(view(args_[i]), view(args_[j]))) {
                ngx_conf_log_error(
                    NGX_LOG_EMERG, cf_, 0,
                    "duplicate parameter \"%V\" in \"%V\" directive", &args_[i],
                    &cmd_->name);
                return false;
            }
        }
    }
    return true;
}

bool Params::is(std::string_view name)
{
    std::string_view text = this->text();
    if (text.size() <= name.size() || text[name.size()] != '=' ||
        text.substr(0, name.size()) != name) {
        return false;
    }
    value_ = text.substr(name.size() + 1);
    return true;
}

bool Params::time(ngx_msec_t* out, ngx_msec_t least, ngx_msec_t most)
{
    ngx_str_t text = str(value_);
    ngx_int_t time = ngx_parse_time(&text, 0);
    if (time == NGX_ERROR || static_cast<ngx_msec_t>(time) < least ||
        static_cast<ngx_msec_t>(time) > most) {
        invalid();
        return false;
    }
    *out = static_cast<ngx_msec_t>(time);
    return true;
}

bool Params::size(size_t* out, size_t least)
{
    ngx_str_t text = str(value_);
    ssize_t size = ngx_parse_size(&text);
    if (size == NGX_ERROR || static_cast<size_t>(size) < least) {
        invalid();
        return false;
    }
    *out = static_cast<size_t>(size);
    return true;
}

bool Params::number(ngx_uint_t* out, ngx_uint_t least, ngx_uint_t most)
{
    ngx_str_t text = str(value_);
    ngx_int_t number = ngx_atoi(text.data, text.len);
    if (number == NGX_ERROR || static_cast<ngx_uint_t>(number) < least ||
        static_cast<ngx_uint_t>(number) > most) {
        invalid();
        return false;
    }
    *out = static_cast<ngx_uint_t>(number);
    return true;
}

bool Params::flag(bool* out)
{
    if (value_ != "on" && value_ != "off") {
        invalid();
        return false;
    }
    *out = value_ == "on";
    return true;
}

bool Params::zone(ZoneConf** out)
{
    if (value_.empty()) {
        invalid();
        return false;
    }
    *out = find_zone(cf_, value_);
    return *out != nullptr;
}

bool Params::complex_value(const ngx_str_t& text,
                           ngx_http_complex_value_t** out)
{
    auto* value = static_cast<ngx_http_complex_value_t*>(
        ngx_pcalloc(cf_->pool, sizeof(ngx_http_complex_value_t)));
    if (value == nullptr) {
        return false;
    }
    ngx_str_t source = text;
    ngx_http_compile_complex_value_t compile;
    ngx_memzero(&compile, sizeof(compile));
    compile.cf = cf_;
    compile.value = &source;
    compile.complex_value = value;
    if (ngx_http_compile_complex_value(&compile) != NGX_OK) {
        return false;
    }
    *out = value;
    return true;
}

bool Params::station(ngx_http_complex_value_t** out, bool all)
{
    if (text().empty()) {
        invalid();
        return false;
    }
    if (!complex_value(arg(), out)) {
        return false;
    }
    bool literal = (*out)->lengths == nullptr;
    bool good = text() == "*" ? all : subscriber::check_name(text()).ok();
    if (literal && !good) {
        invalid();
        return false;
    }
    return true;
}

bool Params::station_name(ngx_str_t* out)
{
    *out = str(value_);
    if (!names_station(value_)) {
        invalid();
        return false;
    }
    return true;
}

bool Params::names_station(std::string_view text)
{
    return subscriber::check_name(text).ok() && text != "*" &&
           !names_variable(text);
}

char* Params::invalid()
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf_, 0,
                       "invalid parameter \"%V\" in \"%V\" directive",
                       &args_[at_], &cmd_->name);
    return error();
}

char* Params::say(const char* why)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf_, 0, "\"%V\" directive %s",
                       &cmd_->name, why);
    return error();
}

void Params::warn(const char* why)
{
    ngx_conf_log_error(NGX_LOG_WARN, cf_, 0, "\"%V\" directive %s", &cmd_->name,
                       why);
}

char* Params::say_taken(bool same)
{
    return say(same ? "is duplicate"
                    : "stands beside another onair directive that answers "
                      "requests of this location");
}

bool take_location(Params& params, LocConf* conf, Purpose purpose,
                   ngx_http_handler_pt handler)
{
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(params.cf(), ngx_http_core_module));
    if (core->handler != nullptr) {
        params.say(
            "stands beside another directive that answers requests of "
            "this location");
        return false;
    }
    core->handler = handler;
    conf->purpose = purpose;
    conf->core = core;
    conf->handler = handler;
    conf->purpose_at = written_at(params.cf());
    return true;
}

}  // namespace onair::ngx
