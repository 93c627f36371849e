#include "ngx_module/zone/disk.h"

#include <sys/file.h>
#include <sys/syscall.h>

namespace onair::ngx {

void File::reopen(const ngx_str_t& name, int mode, int create, int access)
{
    drop();
    fd_ = ngx_open_file(name.data, mode, create | O_CLOEXEC, access);
}

void File::drop()
{
    if (ok()) {
        ngx_close_file(fd_);
        fd_ = NGX_INVALID_FILE;
    }
}

bool File::lock() const
{
    return flock(fd_, LOCK_EX | LOCK_NB) == 0;
}

DiskSync::~DiskSync()
{
    if (context_ != 0) {
        syscall(SYS_io_destroy, context_);
    }
}

bool DiskSync::submit(ngx_fd_t fd)
{
    if (context_ == 0 && syscall(SYS_io_setup, 1, &context_) != 0) {
        context_ = 0;
        return false;
    }
    struct iocb request;
    ngx_memzero(&request, sizeof(request));
    request.aio_fildes = static_cast<uint32_t>(fd);
    request.aio_lio_opcode = IOCB_CMD_FSYNC;
    struct iocb* requests[] = {&request};
    return syscall(SYS_io_submit, context_, 1, requests) == 1;
}

void DiskSync::start(ngx_fd_t fd)
{
    done(true);
    error_ = 0;
    running_ = submit(fd);
    if (!running_ && fsync(fd) == -1) {
        error_ = ngx_errno;
    }
}

bool DiskSync::done(bool wait)
{
    if (!running_) {
        return true;
    }
    struct io_event event;
    struct timespec none = {};
    long got;
    do {
        got = syscall(SYS_io_getevents, context_, wait ? 1 : 0, 1, &event,
                      wait ? nullptr : &none);
    } while (got == -1 && ngx_errno == NGX_EINTR);
    if (got == 0) {
        return false;
    }
    running_ = false;
    error_ = got < 0 ? ngx_errno
                     : static_cast<ngx_err_t>(event.res < 0 ? -event.res : 0);
    return true;
}

}  // namespace onair::ngx
