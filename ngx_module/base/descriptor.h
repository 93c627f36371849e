// A descriptor that the master opens and every worker inherits. Reloads keep
// it; it is closed when nginx unloads the module, as the master does at a
// reload that finds no load_module of it any more.
#pragma once

#include <unistd.h>

namespace onair::ngx {

class Descriptor {
  public:
    constexpr Descriptor() = default;
    ~Descriptor() { drop(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    // Takes over what a system call returned; false where that is -1.
    bool take(int fd)
    {
        drop();
        fd_ = fd;
        return opened();
    }
    void drop()
    {
        if (opened()) {
            close(fd_);
            fd_ = -1;
        }
    }
    bool opened() const { return fd_ != -1; }
    int get() const { return fd_; }

  private:
    int fd_ = -1;
};

}  // namespace onair::ngx
