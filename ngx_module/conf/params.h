// The arguments of a directive: name=value parameters, read in nginx's tone.
#pragma once

#include <string_view>

#include "ngx_module/base/str.h"
#include "ngx_module/conf/conf.h"

namespace onair::ngx {

// What the core counts in 32 bits of milliseconds, with room to add some.
inline constexpr ngx_msec_t kLongestTime = 31 * 86400000ul;

// Walks the arguments of one directive and says what is wrong with one.
class Params {
  public:
    Params(ngx_conf_t* cf, ngx_command_t* cmd)
        : cf_(cf),
          cmd_(cmd),
          args_(static_cast<ngx_str_t*>(cf->args->elts)),
          count_(cf->args->nelts)
    {}

    // The next argument; false at the end.
    bool next();
    // False, after having said so, where two arguments are the same word or
    // give the same name a value: nginx itself would take the last one.
    bool distinct();
    const ngx_str_t& arg() const { return args_[at_]; }
    std::string_view text() const { return view(args_[at_]); }

    // Whether the argument is NAME=VALUE for this name; sets value().
    bool is(std::string_view name);
    std::string_view value() const { return value_; }

    // These read value() and return false after having said what is wrong.
    bool time(ngx_msec_t* out, ngx_msec_t least,
              ngx_msec_t most = kLongestTime);
    bool size(size_t* out, size_t least);
    bool number(ngx_uint_t* out, ngx_uint_t least, ngx_uint_t most);
    bool flag(bool* out);
    bool zone(ZoneConf** out);
    bool complex_value(const ngx_str_t& text, ngx_http_complex_value_t** out);
    // The whole argument: a station's name, which may contain variables; `all`:
    // or "*". Without variables it has to be one that a station can have.
    bool station(ngx_http_complex_value_t** out, bool all);
    // A station's name in value(), without variables.
    bool station_name(ngx_str_t* out);

    // Whether a text is a station's name, without variables.
    static bool names_station(std::string_view text);

    // The whole argument is such a value.
    void whole() { value_ = text(); }

    // Always NGX_CONF_ERROR.
    char* invalid();
    char* say(const char* why);
    void warn(const char* why);
    char* say_taken(bool same);  // the location has a purpose already
    static char* error() { return static_cast<char*>(NGX_CONF_ERROR); }

    ngx_conf_t* cf() const { return cf_; }
    const ngx_str_t& directive() const { return cmd_->name; }

  private:
    ngx_conf_t* cf_;
    ngx_command_t* cmd_;
    ngx_str_t* args_;
    ngx_uint_t count_;
    ngx_uint_t at_ = 0;
    std::string_view value_;
};

// Makes a handler of ours the one that answers in the location; false after
// having said that another one does.
bool take_location(Params& params, LocConf* conf, Purpose purpose,
                   ngx_http_handler_pt handler);

}  // namespace onair::ngx
