// A pull reader for the XML that streaming servers answer with: elements,
// attributes, text, the five entities and character references. Text that comes
// in pieces (CDATA sections, with comments between) is one text. No DTD, no
// external entity, no recursion; depth is bounded. Hostile input.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "source/json.h"

namespace onair::source {

class XmlReader {
  public:
    enum class Event {
        kOpen,   // name()
        kText,   // text(): all of it up to the next tag, never only blanks
        kClose,  // name()
        kEnd,    // the document is whole
    };

    // What is decoded goes to the arena; the rest views the document.
    XmlReader(std::string_view document, Arena& arena);

    // Faults: kNotXml (also where a document ends early), kTooDeep.
    Result<Event> next();

    std::string_view name() const { return name_; }
    std::string_view text() const { return text_; }
    // An attribute of the element just opened; empty when it has none so named.
    std::string_view attribute(std::string_view name);
    // How many elements are open, the one just opened included and the one
    // just closed not.
    size_t depth() const { return depth_; }

  private:
    Result<Event> tag();
    Result<Event> open(std::string_view inside);
    Result<Event> close(std::string_view inside);
    Result<Event> text(std::string_view stretch);
    std::string_view decoded(std::string_view raw);

    std::string_view rest_;
    Arena& arena_;
    std::string_view name_;
    std::string_view text_;
    std::string_view attributes_;
    size_t depth_ = 0;
    bool empty_ = false;  // <a/> was opened and is to be closed
    bool seen_root_ = false;
    std::string_view open_[kMaxDepth];
};

}  // namespace onair::source
