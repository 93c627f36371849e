// Many sends by one system call.
#pragma once

#include <memory>

#include "sender.h"

namespace onair::bench {

// Ends the program where the kernel has no io_uring or refuses it.
std::unique_ptr<Sender> make_uring_sender();

}  // namespace onair::bench
