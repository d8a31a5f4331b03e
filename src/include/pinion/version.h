// The version of Pinion, by Semantic Versioning. Before 1.0 each minor version may change interfaces and formats.
#ifndef PINION_VERSION_H_
#define PINION_VERSION_H_

#define PINION_VERSION_MAJOR 0
#define PINION_VERSION_MINOR 2
#define PINION_VERSION_PATCH 0
#define PINION_VERSION "0.2.0"

#endif  // PINION_VERSION_H_
