// Figures as JSON, and what is needed to make figures of many samples.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace onair::bench {

// Sorts; the sample at share p (0 to 1), 0 when there is none.
double percentile(std::vector<std::uint32_t>& samples, double p);

// One flat or nested object, written as it is filled.
class Json {
  public:
    Json& put(const char* name, double value);
    Json& put(const char* name, const std::string& text);
    Json& put(const char* name, const Json& inner);
    Json& put(const char* name, const std::vector<double>& values);
    std::string text() const { return "{" + body_ + "}"; }

  private:
    void key(const char* name);
    std::string body_;
};

// n, p50, p99, p999, max.
Json spread(std::vector<std::uint32_t>& samples);

}  // namespace onair::bench
