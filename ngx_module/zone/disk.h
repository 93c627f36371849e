// Files that have to be on the disk before anybody counts on them: their
// descriptors, and a wait for the disk that no event loop feels. Called from
// workers.
#pragma once

#include <linux/aio_abi.h>

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// An open file, closed at the end of its block. No other program inherits it.
class File {
  public:
    File() = default;
    File(const ngx_str_t& name, int mode, int create, int access)
    {
        reopen(name, mode, create, access);
    }
    ~File() { drop(); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    void reopen(const ngx_str_t& name, int mode, int create, int access);
    void drop();
    bool ok() const { return fd_ != NGX_INVALID_FILE; }
    ngx_fd_t fd() const { return fd_; }

    // Until it is closed, also by the death of the process, nobody else can
    // say the same of this file. False: somebody does.
    bool lock() const;

  private:
    ngx_fd_t fd_ = NGX_INVALID_FILE;
};

// Brings what was written to a file, or what was renamed in a directory, to the
// disk. The kernel does so while the worker goes on (IOCB_CMD_FSYNC, Linux
// 4.18); one that cannot is waited for.
class DiskSync {
  public:
    DiskSync() = default;
    ~DiskSync();
    DiskSync(const DiskSync&) = delete;
    DiskSync& operator=(const DiskSync&) = delete;

    // One at a time: waits for the one before.
    void start(ngx_fd_t fd);
    // Whether it is over; `wait`: does not return before. error() is then 0 or
    // the system's number.
    bool done(bool wait);
    ngx_err_t error() const { return error_; }

  private:
    bool submit(ngx_fd_t fd);

    aio_context_t context_ = 0;
    bool running_ = false;
    ngx_err_t error_ = 0;
};

}  // namespace onair::ngx
