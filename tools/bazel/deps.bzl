"""Pinion's build dependencies, all from the system. Call pinion_dependencies() in your WORKSPACE."""

load("//tools/bazel:shims.bzl", "shim_repository")
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
    _maybe(
        system_package,
        "system_grpc",
        debian_packages = ["libgrpc++-dev", "protobuf-compiler-grpc"],
        modules = ["grpc++", "grpc"],
        libraries = {
            # The plug-ins register themselves when loaded, so the linker must not drop them.
            "health_and_reflection": ["-Wl,--push-state,--no-as-needed", "-lgrpc++_reflection", "-Wl,--pop-state"],
        },
        programs = ["grpc_cpp_plugin"],
    )
    _maybe(
        system_package,
        "system_protobuf",
        debian_packages = ["libprotobuf-dev", "protobuf-compiler"],
        modules = ["protobuf"],
        programs = ["protoc"],
    )
    _maybe(
        system_package,
        "system_absl",
        debian_packages = ["libabsl-dev"],
        modules = ["absl_flat_hash_map", "absl_flat_hash_set", "absl_status", "absl_statusor", "absl_str_format", "absl_strings", "absl_time"],
    )
    _maybe(system_package, "system_openssl", debian_packages = ["libssl-dev"], modules = ["openssl"])
    _maybe(system_package, "system_nlohmann_json", debian_packages = ["nlohmann-json3-dev"], modules = ["nlohmann_json"])
    _maybe(system_package, "system_cli11", debian_packages = ["libcli11-dev"], modules = ["CLI11"])
    _maybe(system_package, "system_expat", debian_packages = ["libexpat1-dev"], modules = ["expat"])
    _maybe(
        system_package,
        "system_gtest",
        debian_packages = ["libgtest-dev", "libgmock-dev"],
        modules = ["gmock"],
        libraries = {"main": ["-lgmock_main"]},
    )
    _maybe(system_package, "system_benchmark", debian_packages = ["libbenchmark-dev"], modules = ["benchmark"])
