// File descriptors that are not the standard ones.
#ifndef PINION_BASE_DESCRIPTOR_H_
#define PINION_BASE_DESCRIPTOR_H_

namespace pinion {

// `fd`, as it came from the call that opened it, or a copy with the number 3 or greater in its place; `fd` is then
// closed. -1, with errno set, where `fd` is -1 or no copy can be made. A process may be started with descriptors 0, 1
// or 2 closed; what it opens first then gets these numbers, and all that is written to "standard error" goes there. The
// copy is closed at exec. May be called from any thread.
int AboveStandardStreams(int fd);

// Opens /dev/null as each of the descriptors 0, 1 and 2 that is closed. Ends the process with exit code 127 where it
// cannot be opened. For PINION_RESERVE_STANDARD_STREAMS.
void ReserveStandardStreams();

}  // namespace pinion

// Stands once in a program, outside of every function: reserves the standard streams before anything is opened. In main
// that would be too late, since gRPC's library opens descriptors while it is loaded. An executable's .preinit_array
// runs before that; a shared library has none.
#define PINION_RESERVE_STANDARD_STREAMS()                                                                   \
  __attribute__((section(".preinit_array"), used)) static void (*const pinion_reserve_standard_streams)() = \
      pinion::ReserveStandardStreams

#endif  // PINION_BASE_DESCRIPTOR_H_
