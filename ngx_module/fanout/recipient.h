// The one that a change is handed to, as the fan-out knows it: everything else
// about a client is its own. A recipient waits on the wheel too, so that it has
// one table of virtual functions and not two.
#pragma once

#include "ngx_module/base/wheel.h"

namespace onair::ngx {

class Topic;

class Recipient : public Waiter {
  public:
    // The topic's present message is to go out now, or as soon as what is
    // under way has gone. False: nothing was sent yet, and the recipient asks
    // for it itself when it can take more.
    virtual bool deliver(Topic* topic) noexcept = 0;

  protected:
    Recipient() = default;
    ~Recipient() = default;
};

}  // namespace onair::ngx
