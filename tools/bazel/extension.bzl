"""The module extension of MODULE.bazel. Bazel 4.2 does not load this file."""

load("//tools/bazel:system_libraries.bzl", "SYSTEM_LIBRARIES")
load("//tools/bazel:system_package.bzl", "system_package")

def _impl(_module_ctx):
    for name, attributes in SYSTEM_LIBRARIES.items():
        system_package(name = name, library = name, **attributes)

system_libraries = module_extension(
    implementation = _impl,
    doc = "Declares one repository for each of SYSTEM_LIBRARIES.",
)
