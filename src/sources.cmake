# The sources of each installed part, relative to the top of the repository. `cmake -P src/sources.cmake` prints them;
# a test compares them with what Bazel builds.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(configure_depends CONFIGURE_DEPENDS)
endif()
file(GLOB_RECURSE sources ${configure_depends} RELATIVE "${CMAKE_CURRENT_LIST_DIR}/.." "${CMAKE_CURRENT_LIST_DIR}/pinion/*.cc")

# The implementation of transport/ for the version of gRPC (src/pinion/transport/backend.bzl).
if(NOT gRPC_VERSION)
  execute_process(COMMAND pkg-config --modversion grpc++ OUTPUT_VARIABLE gRPC_VERSION)
endif()
if(gRPC_VERSION MATCHES "^1\\.51\\.")
  list(FILTER sources EXCLUDE REGEX "^src/pinion/transport/modern/")
else()
  list(FILTER sources EXCLUDE REGEX "^src/pinion/transport/debian_1_51/")
endif()

set(PINION_TESTING_SOURCES ${sources})
list(FILTER PINION_TESTING_SOURCES INCLUDE REGEX "^src/pinion/(testing|echo|x509/pki)/")

# What the harness uses of the library and the library does not export.
set(PINION_TESTING_COPIES ${sources})
list(FILTER PINION_TESTING_COPIES INCLUDE REGEX "^src/pinion/(base|x509|x509/encoding)/[^/]*$")

# The rooms that the tool has besides the library, and its own.
set(PINION_TOOL_SOURCES ${sources})
list(FILTER PINION_TOOL_SOURCES INCLUDE REGEX "^src/pinion/(echo|x509/pki|metrics|admin)/|/recorded_call.cc$")
file(GLOB_RECURSE tool ${configure_depends} RELATIVE "${CMAKE_CURRENT_LIST_DIR}/.."
     "${CMAKE_CURRENT_LIST_DIR}/../tools/pinion/*.cc")
list(APPEND PINION_TOOL_SOURCES ${tool})

# Optional libraries, and what they use of the library that it does not export.
set(PINION_METRICS_SOURCES ${sources})
list(FILTER PINION_METRICS_SOURCES INCLUDE REGEX "^src/pinion/metrics/")
set(PINION_ADMIN_SOURCES ${sources})
list(FILTER PINION_ADMIN_SOURCES INCLUDE REGEX "^src/pinion/admin/")
set(PINION_ADMIN_COPIES ${sources})
list(FILTER PINION_ADMIN_COPIES INCLUDE REGEX "^src/pinion/base/[^/]*$")

set(PINION_SOURCES ${sources})
list(FILTER PINION_SOURCES EXCLUDE REGEX "^src/pinion/(testing|echo|x509/pki|metrics|admin)/|/recorded_call.cc$")

# By the library that holds them. The public ones are installed, with their headers.
set(PINION_PUBLIC_PROTOS config pin_set reason)
set(PINION_INTERNAL_PROTOS adoption authorization_policy census certificate_profile etcd fleet pin_set_floor published recorded_call recorded_handshake status)
set(PINION_ECHO_PROTOS echo)
set(PINION_TOOL_PROTOS lab)

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  foreach(part PINION PINION_METRICS PINION_ADMIN PINION_TESTING PINION_TOOL)
    foreach(source IN LISTS ${part}_SOURCES)
      message(NOTICE "${part} ${source}")
    endforeach()
  endforeach()
  foreach(part PUBLIC INTERNAL ECHO TOOL)
    foreach(proto IN LISTS PINION_${part}_PROTOS)
      message(NOTICE "${part}_PROTOS proto/pinion/v1/${proto}.proto")
    endforeach()
  endforeach()
endif()
