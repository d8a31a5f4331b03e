# What an application that links Pinion links as well. Included by Pinion's build and by its installed package.

# Debian's protobuf 3.21 has no CMake package of its own, and gRPC's looks for the targets that FindProtobuf defines.
macro(pinion_find_dependencies)
  include(CMakeFindDependencyMacro)
  find_dependency(Protobuf)
  find_dependency(gRPC CONFIG)
  find_dependency(absl CONFIG)
  find_dependency(OpenSSL)
  find_dependency(Threads)
endmacro()
