// Keeps descriptors 0, 1 and 2 for the standard streams.
#ifndef PINION_STANDARD_STREAMS_H_
#define PINION_STANDARD_STREAMS_H_

namespace pinion {

// Opens /dev/null as each of the descriptors 0, 1 and 2 that is closed. Ends the process with exit code 127 where it
// cannot be opened. For PINION_RESERVE_STANDARD_STREAMS.
void ReserveStandardStreams();

}  // namespace pinion

// Stands once in a program, outside of every function: reserves the standard streams before anything is opened. A
// process may be started with some of them closed; what it opens first then gets their numbers, and all that is written
// to "standard error" goes there. In main that would be too late, since gRPC's library opens descriptors while it is
// loaded. An executable's .preinit_array runs before that; a shared library has none.
#define PINION_RESERVE_STANDARD_STREAMS()                                                                   \
  __attribute__((section(".preinit_array"), used)) static void (*const pinion_reserve_standard_streams)() = \
      pinion::ReserveStandardStreams

#endif  // PINION_STANDARD_STREAMS_H_
