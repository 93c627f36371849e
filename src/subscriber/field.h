// Values of HTTP header fields: lists, tokens, parameters (RFC 9110 section
// 5.6). Views in, views out.
#pragma once

#include <string_view>

namespace onair::subscriber {

// Without spaces and tabs at both ends.
std::string_view trim(std::string_view text);
bool equal_fold(std::string_view a, std::string_view b);  // ASCII case
char lower(char c);
bool is_digits(std::string_view text);  // one or more of 0-9
bool is_token(std::string_view text);   // RFC 9110 section 5.6.2

// Iterates the parts between separators that stand outside quoted strings,
// trimmed. An empty text has no part; "a,,b" has an empty one.
class Parts {
  public:
    Parts(std::string_view text, char separator)
        : rest_(text), separator_(separator), more_(!trim(text).empty())
    {}
    bool next(std::string_view* part);

  private:
    std::string_view rest_;
    char separator_;
    bool more_;
};

// Whether a list of tokens holds this one, without regard to case.
bool has_token(std::string_view list, std::string_view token);

}  // namespace onair::subscriber
