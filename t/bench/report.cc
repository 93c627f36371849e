#include "report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace onair::bench {

namespace {

std::string number(double value)
{
    char text[40];
    if (value == std::floor(value) && std::fabs(value) < 1e15)
        std::snprintf(text, sizeof text, "%.0f", value);
    else
        std::snprintf(text, sizeof text, "%.4f", value);
    return text;
}

}  // namespace

double percentile(std::vector<std::uint32_t>& samples, double p)
{
    if (samples.empty())
        return 0;
    std::sort(samples.begin(), samples.end());
    double rank = std::ceil(p * static_cast<double>(samples.size()));
    std::size_t at = rank < 1 ? 0 : static_cast<std::size_t>(rank) - 1;
    return samples[std::min(at, samples.size() - 1)];
}

void Json::key(const char* name)
{
    if (!body_.empty())
        body_ += ",";
    body_ += "\"" + std::string(name) + "\":";
}

Json& Json::put(const char* name, double value)
{
    key(name);
    body_ += number(value);
    return *this;
}

Json& Json::put(const char* name, const std::string& text)
{
    key(name);
    body_ += '"';
    for (char c : text) {
        if (c == '"' || c == '\\')
            body_ += '\\';
        body_ += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    body_ += '"';
    return *this;
}

Json& Json::put(const char* name, const Json& inner)
{
    key(name);
    body_ += inner.text();
    return *this;
}

Json& Json::put(const char* name, const std::vector<double>& values)
{
    key(name);
    std::string list;
    for (double value : values)
        list += (list.empty() ? "" : ",") + number(value);
    body_ += "[" + list + "]";
    return *this;
}

Json spread(std::vector<std::uint32_t>& samples)
{
    Json json;
    json.put("n", static_cast<double>(samples.size()))
        .put("p50", percentile(samples, 0.5))
        .put("p99", percentile(samples, 0.99))
        .put("p999", percentile(samples, 0.999))
        .put("max", percentile(samples, 1));
    return json;
}

}  // namespace onair::bench
