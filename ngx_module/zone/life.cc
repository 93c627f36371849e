#include "ngx_module/zone/life.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <csignal>

#include "ngx_module/base/descriptor.h"

namespace onair::ngx {

namespace {

// Not opened: the system has no such files, and numbers must do. A worker
// closes no descriptor of the file before its end: that would take its lock
// back.
Descriptor g_lives;

struct flock lock_of(uint32_t pid)
{
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = pid;
    lock.l_len = 1;
    return lock;
}

}  // namespace

void make_lives(ngx_cycle_t* cycle)
{
    if (g_lives.opened()) {
        return;
    }
    if (!g_lives.take(memfd_create("onair", MFD_CLOEXEC))) {
        ngx_log_error(NGX_LOG_NOTICE, cycle->log, ngx_errno,
                      "onair: memfd_create() failed: workers are told apart "
                      "by their numbers");
    }
}

ngx_int_t begin_life(ngx_cycle_t* cycle)
{
    struct flock lock = lock_of(static_cast<uint32_t>(ngx_pid));
    if (g_lives.opened() && fcntl(g_lives.get(), F_SETLK, &lock) == -1) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "onair: fcntl(F_SETLK) failed");
        return NGX_ERROR;
    }
    return NGX_OK;
}

bool is_gone(uint32_t pid)
{
    if (pid == static_cast<uint32_t>(ngx_pid)) {
        return false;
    }
    struct flock lock = lock_of(pid);
    if (g_lives.opened() && fcntl(g_lives.get(), F_GETLK, &lock) == 0) {
        return lock.l_type == F_UNLCK;
    }
    return kill(static_cast<pid_t>(pid), 0) == -1 && errno == ESRCH;
}

}  // namespace onair::ngx
