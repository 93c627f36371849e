// cmocka as C++ can include it. To be included behind the library's headers:
// it has macros (fail, check_expected) that these would meet.
#pragma once

extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
}
