// Marks what the shared library exports; everything else in it is hidden.
#ifndef PINION_EXPORT_H_
#define PINION_EXPORT_H_

#define PINION_EXPORT __attribute__((visibility("default")))

#endif  // PINION_EXPORT_H_
