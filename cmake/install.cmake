# What is installed: libraries, the headers of src/include/ and of the public protos, the CMake package, pinion.pc, and the
# tool with its manual page and completion.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/pinion)

install(
  TARGETS pinion
  EXPORT pinionTargets
  LIBRARY COMPONENT runtime NAMELINK_COMPONENT development)
install(
  TARGETS pinion_static
  EXPORT pinionTargets
  ARCHIVE COMPONENT development)
if(PINION_ADMIN)
  install(
    TARGETS pinion_metrics pinion_admin
    EXPORT pinionTargets
    ARCHIVE COMPONENT development)
endif()
if(PINION_TESTING)
  install(
    TARGETS pinion_testing
    EXPORT pinionTargets
    ARCHIVE COMPONENT development)
endif()
install(
  EXPORT pinionTargets
  NAMESPACE pinion::
  DESTINATION ${package_dir}
  COMPONENT development)

install(
  DIRECTORY src/include/pinion
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT development
  FILES_MATCHING
  PATTERN "*.h")
foreach(proto IN LISTS PINION_PUBLIC_PROTOS)
  install(
    FILES ${PROJECT_BINARY_DIR}/proto/pinion/v1/${proto}.pb.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pinion/v1
    COMPONENT development)
  install(
    FILES proto/pinion/v1/${proto}.proto
    DESTINATION ${CMAKE_INSTALL_DATADIR}/pinion/proto/pinion/v1
    COMPONENT development)
endforeach()

configure_package_config_file(cmake/pinionConfig.cmake.in ${PROJECT_BINARY_DIR}/pinionConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/pinionConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES ${PROJECT_BINARY_DIR}/pinionConfig.cmake ${PROJECT_BINARY_DIR}/pinionConfigVersion.cmake
        cmake/dependencies.cmake
  DESTINATION ${package_dir}
  COMPONENT development)
list(JOIN PINION_PROTO_MARKERS " " PINION_PROTO_MARKERS)
configure_file(cmake/pinion.pc.in ${PROJECT_BINARY_DIR}/pinion.pc @ONLY)
install(
  FILES ${PROJECT_BINARY_DIR}/pinion.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
  COMPONENT development)

include(cmake/bazel.cmake)

if(PINION_TOOL)
  install(TARGETS pinion_tool RUNTIME COMPONENT tool)
  # The tool prints both itself.
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/man1)
  add_custom_command(
    OUTPUT man1/pinion.1 completion.bash
    COMMAND $<TARGET_FILE:pinion_tool> man --folder ${PROJECT_BINARY_DIR}/man1
    COMMAND sh -c "\"$0\" completion bash >completion.bash" $<TARGET_FILE:pinion_tool>
    DEPENDS pinion_tool
    VERBATIM)
  add_custom_target(pinion_tool_pages ALL DEPENDS man1/pinion.1 completion.bash)
  install(
    DIRECTORY ${PROJECT_BINARY_DIR}/man1
    DESTINATION ${CMAKE_INSTALL_MANDIR}
    COMPONENT tool)
  install(
    FILES ${CMAKE_CURRENT_BINARY_DIR}/completion.bash
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    RENAME pinion
    COMPONENT tool)
endif()
