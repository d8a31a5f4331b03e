// File descriptors that are not the standard ones.
#ifndef PINION_BASE_DESCRIPTOR_H_
#define PINION_BASE_DESCRIPTOR_H_

namespace pinion {

// `fd`, as it came from the call that opened it, or a copy with the number 3 or greater in its place; `fd` is then
// closed. -1, with errno set, where `fd` is -1 or no copy can be made. A process may be started with descriptors 0, 1
// or 2 closed; what it opens first then gets these numbers, and all that is written to "standard error" goes there. The
// copy is closed at exec. May be called from any thread.
int AboveStandardStreams(int fd);

}  // namespace pinion

#endif  // PINION_BASE_DESCRIPTOR_H_
