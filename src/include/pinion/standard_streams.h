// Reserves descriptors 0, 1 and 2 for the standard streams.
#ifndef PINION_STANDARD_STREAMS_H_
#define PINION_STANDARD_STREAMS_H_

#include "pinion/export.h"

namespace pinion {

// Opens /dev/null as each of the descriptors 0, 1 and 2 that is closed. Exits the process with code 127 if /dev/null
// cannot be opened. For PINION_RESERVE_STANDARD_STREAMS.
PINION_EXPORT void ReserveStandardStreams();

}  // namespace pinion

// Reserves the standard streams before the process opens anything. Use it once in a program, outside of every function.
// A process may be started with some of the streams closed; the files that it opens first then get their numbers, and
// everything that is written to "standard error" goes to one of these files. Doing this in main would be too late,
// since gRPC's library opens descriptors while it is loaded. An executable's .preinit_array runs before that; a shared
// library has none.
#define PINION_RESERVE_STANDARD_STREAMS()                                                                   \
  __attribute__((section(".preinit_array"), used)) static void (*const pinion_reserve_standard_streams)() = \
      pinion::ReserveStandardStreams

#endif  // PINION_STANDARD_STREAMS_H_
