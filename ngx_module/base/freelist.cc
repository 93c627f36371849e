#include "ngx_module/base/freelist.h"

#include <sys/mman.h>

namespace onair::ngx {

namespace {

constexpr size_t kSlab = size_t{64} * 1024;  // and its alignment

}  // namespace

struct Freelist::Slab {
    Freelist* owner;
    Slab* next;
    Slab* prev;
    void* free;  // given back, linked through their first word
    size_t used;
    size_t fresh;  // never taken yet: from here to the end
    bool open;
};

namespace {

void* map_aligned()
{
    void* at = mmap(nullptr, 2 * kSlab, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, ngx_errno,
                      "onair: mmap() of %uz bytes failed", 2 * kSlab);
        return nullptr;
    }
    // SAFETY: only to see how far it is to the next aligned address; the
    // mapping is cut down to the aligned half in its middle.
    size_t over = reinterpret_cast<uintptr_t>(at) % kSlab;
    size_t before = over > 0 ? kSlab - over : 0;
    char* aligned = static_cast<char*>(at) + before;
    if (before > 0) {
        munmap(at, before);
    }
    munmap(aligned + kSlab, kSlab - before);
    return aligned;
}

}  // namespace

Freelist::Slab* Freelist::grow()
{
    void* at = map_aligned();
    if (at == nullptr) {
        return nullptr;
    }
    // SAFETY: fresh pages, aligned to their size.
    auto* slab = new (at) Slab();
    slab->owner = this;
    slab->fresh = (sizeof(Slab) + 15) & ~size_t{15};
    link(slab);
    return slab;
}

void Freelist::link(Slab* slab)
{
    slab->open = true;
    slab->prev = nullptr;
    slab->next = open_;
    if (open_ != nullptr) {
        open_->prev = slab;
    }
    open_ = slab;
}

void Freelist::unlink(Slab* slab)
{
    slab->open = false;
    (slab->prev != nullptr ? slab->prev->next : open_) = slab->next;
    if (slab->next != nullptr) {
        slab->next->prev = slab->prev;
    }
}

#if (NGX_DEBUG_PALLOC)

// As nginx's pools do it: each object of its own, so that a sanitizer sees
// whoever touches one that has gone.
void* Freelist::take()
{
    return ngx_alloc(size_, ngx_cycle->log);
}

void Freelist::give(void* object)
{
    ngx_free(object);
}

#else

void* Freelist::take()
{
    Slab* slab = open_ != nullptr ? open_ : grow();
    if (slab == nullptr) {
        return nullptr;
    }
    void* object = slab->free;
    if (slab->used == 0 && object != nullptr) {
        empty_--;  // it was kept; a new one has nothing given back
    }
    if (object != nullptr) {
        slab->free = *static_cast<void**>(object);
    } else {
        // SAFETY: inside the slab, behind what was taken before.
        object = reinterpret_cast<char*>(slab) + slab->fresh;
        slab->fresh += size_;
    }
    slab->used++;
    if (slab->free == nullptr && slab->fresh + size_ > kSlab) {
        unlink(slab);
    }
    return object;
}

void Freelist::give(void* object)
{
    // SAFETY: slabs are aligned to their size and hold their objects.
    size_t inside = reinterpret_cast<uintptr_t>(object) % kSlab;
    auto* slab = reinterpret_cast<Slab*>(static_cast<char*>(object) - inside);
    Freelist* list = slab->owner;
    *static_cast<void**>(object) = slab->free;
    slab->free = object;
    slab->used--;
    if (!slab->open) {
        list->link(slab);
    }
    if (slab->used > 0) {
        return;
    }
    // The last slab with room stays, so that one client that comes and goes
    // does not map and unmap.
    bool last = slab->next == nullptr && slab->prev == nullptr;
    if (last || list->empty_ < list->spare_) {
        list->empty_++;
        return;
    }
    list->unlink(slab);
    munmap(slab, kSlab);
}

#endif

}  // namespace onair::ngx
