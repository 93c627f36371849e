// RapidJSON's reader, told to the compiler as a header of the system: its
// warnings are not ours. Included by json.cc only.
#pragma once
#pragma GCC system_header

#include <rapidjson/reader.h>
#include <rapidjson/stream.h>
