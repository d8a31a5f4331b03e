// The version of Pinion.
#ifndef PINION_BASE_VERSION_H_
#define PINION_BASE_VERSION_H_

namespace pinion {

// By Semantic Versioning. Nothing is released yet: formats and interfaces may change with each minor version.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace pinion

#endif  // PINION_BASE_VERSION_H_
