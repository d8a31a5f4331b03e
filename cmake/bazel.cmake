# What an installed Pinion is to Bazel: the folder that local_repository or local_path_override names. It has the rules of the
# sources, and targets that stand for the installed libraries and tool.
set(bazel_dir ${CMAKE_INSTALL_DATADIR}/pinion/bazel)
install(
  FILES MODULE.bazel WORKSPACE
  DESTINATION ${bazel_dir}
  COMPONENT development)
install(
  FILES tools/bazel/installed/pinion.BUILD
  DESTINATION ${bazel_dir}
  RENAME BUILD
  COMPONENT development)
install(
  PROGRAMS tools/bazel/installed/pinion.sh
  DESTINATION ${bazel_dir}
  COMPONENT development)
install(
  DIRECTORY tools/bazel
  DESTINATION ${bazel_dir}/tools
  COMPONENT development
  USE_SOURCE_PERMISSIONS
  PATTERN installed EXCLUDE
  PATTERN sanitizer EXCLUDE)
