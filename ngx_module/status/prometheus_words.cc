#include "ngx_module/status/prometheus_words.h"

namespace onair::ngx {

void write_label(Writer& out, std::string_view name, std::string_view value)
{
    out.put(name);
    out.put("=\"");
    for (char c : value) {
        if (c == '\\' || c == '"') {
            out.put('\\');
        }
        if (c == '\n') {
            out.put("\\n");
        } else {
            out.put(c);
        }
    }
    out.put('"');
}

void write_head(Writer& out, std::string_view name, std::string_view type,
                std::string_view help)
{
    out.put("# HELP ");
    out.put(name);
    out.put(' ');
    out.put(help);
    out.put("\n# TYPE ");
    out.put(name);
    out.put(' ');
    out.put(type);
    out.put('\n');
}

}  // namespace onair::ngx
