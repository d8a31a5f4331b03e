"""Pinion's build dependencies, all from the system. Call pinion_dependencies() in your WORKSPACE."""

load("//tools/bazel:shims.bzl", "shim_repository")
load("//tools/bazel:system_libraries.bzl", "SYSTEM_LIBRARIES")
load("//tools/bazel:system_package.bzl", "system_package")

def _maybe(rule, name, **kwargs):
    if not native.existing_rule(name):
        rule(name = name, **kwargs)

def _bazel_parts():
    """Repositories that Bazel 4.2.3 itself needs; newer releases include them."""
    _maybe(native.local_repository, "bazel_skylib", path = "/usr/share/bazel/tools/skylib")
    _maybe(native.local_repository, "platforms", path = "/usr/share/bazel/tools/platforms")
    _maybe(native.local_repository, "rules_java", path = "/usr/share/bazel/rules/java")
    _maybe(native.local_repository, "rules_proto", path = "/usr/share/bazel/rules/proto")
    _maybe(
        shim_repository,
        "rules_cc",
        files = {Label("//tools/bazel/rules_cc:defs.bzl"): "cc/defs.bzl"},
        packages = {"cc": ""},
    )
    _maybe(
        shim_repository,
        "remote_coverage_tools",
        files = {Label("//tools/bazel/coverage:merge_lcov.py"): "merge_lcov.py"},
        packages = {"": """
sh_binary(
    name = "coverage_report_generator",
    srcs = ["merge_lcov.py"],
    visibility = ["//visibility:public"],
)

alias(
    name = "lcov_merger",
    actual = ":coverage_report_generator",
    visibility = ["//visibility:public"],
)
"""},
    )

def pinion_dependencies():
    """Declares Pinion's external repositories; each is looked up only when a target needs it."""
    _bazel_parts()
    for name, attributes in SYSTEM_LIBRARIES.items():
        _maybe(system_package, name, library = name, **attributes)
