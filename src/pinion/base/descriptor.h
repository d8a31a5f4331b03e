// Avoids the descriptor numbers of the standard streams.
#ifndef PINION_BASE_DESCRIPTOR_H_
#define PINION_BASE_DESCRIPTOR_H_

namespace pinion {

// Takes the result of a call that opens a descriptor. Returns `fd` if it is 3 or greater; otherwise closes `fd` and
// returns a copy with such a number, which is closed at exec. Returns -1, with errno set, if `fd` is -1 or cannot be
// copied. A process may be started with descriptors 0, 1 or 2 closed; the files that it opens first then get these
// numbers, and everything that is written to "standard error" goes to one of these files. Thread-safe.
int AboveStandardStreams(int fd);

}  // namespace pinion

#endif  // PINION_BASE_DESCRIPTOR_H_
