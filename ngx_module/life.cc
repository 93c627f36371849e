#include "life.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <csignal>

namespace onair::ngx {

namespace {

// Inherited over fork, kept over reloads, and never closed: closing any
// descriptor of the file would take this process's lock back. -1: the system
// has no such files, and numbers must do.
int g_lives = -1;

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
    if (g_lives != -1) {
        return;
    }
    g_lives = memfd_create("onair", MFD_CLOEXEC);
    if (g_lives == -1) {
        ngx_log_error(NGX_LOG_NOTICE, cycle->log, ngx_errno,
                      "onair: memfd_create() failed: workers are told apart "
                      "by their numbers");
    }
}

ngx_int_t begin_life(ngx_cycle_t* cycle)
{
    struct flock lock = lock_of(static_cast<uint32_t>(ngx_pid));
    if (g_lives != -1 && fcntl(g_lives, F_SETLK, &lock) == -1) {
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
    if (g_lives != -1 && fcntl(g_lives, F_GETLK, &lock) == 0) {
        return lock.l_type == F_UNLCK;
    }
    return kill(static_cast<pid_t>(pid), 0) == -1 && errno == ESRCH;
}

}  // namespace onair::ngx
