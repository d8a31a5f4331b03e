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

# pinion_find_admin_dependencies([REQUIRED]): what pinion::metrics and pinion::admin need besides. Debian's have no CMake
# package. An application that links neither target need not have them.
macro(pinion_find_admin_dependencies)
  find_package(PkgConfig QUIET ${ARGN})
  if(PkgConfig_FOUND AND NOT TARGET PkgConfig::pinion_prometheus)
    pkg_check_modules(pinion_prometheus QUIET ${ARGN} IMPORTED_TARGET GLOBAL prometheus-cpp-core)
    pkg_check_modules(pinion_microhttpd QUIET ${ARGN} IMPORTED_TARGET GLOBAL libmicrohttpd)
  endif()
endmacro()
