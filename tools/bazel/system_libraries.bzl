"""The libraries of the system that Pinion is built with: the name of the repository, and the attributes of its system_package."""

SYSTEM_LIBRARIES = {
    "system_absl": {
        "debian_packages": ["libabsl-dev"],
        "modules": ["absl_flat_hash_map", "absl_flat_hash_set", "absl_status", "absl_statusor", "absl_str_format", "absl_strings", "absl_time"],
    },
    "system_benchmark": {
        "debian_packages": ["libbenchmark-dev"],
        "modules": ["benchmark"],
    },
    "system_cli11": {
        "debian_packages": ["libcli11-dev"],
        "modules": ["CLI11"],
    },
    "system_expat": {
        "debian_packages": ["libexpat1-dev"],
        "modules": ["expat"],
    },
    "system_grpc": {
        "debian_packages": ["libgrpc++-dev", "protobuf-compiler-grpc"],
        "libraries": {
            # The plug-ins register themselves when loaded, so the linker must not drop them.
            "health_and_reflection": ["-Wl,--push-state,--no-as-needed", "-lgrpc++_reflection", "-Wl,--pop-state"],
        },
        "modules": ["grpc++", "grpc"],
        "programs": ["grpc_cpp_plugin"],
    },
    "system_gtest": {
        "debian_packages": ["libgtest-dev", "libgmock-dev"],
        "libraries": {"main": ["-lgmock_main"]},
        "modules": ["gmock"],
    },
    "system_microhttpd": {
        "debian_packages": ["libmicrohttpd-dev"],
        "modules": ["libmicrohttpd"],
    },
    "system_nlohmann_json": {
        "debian_packages": ["nlohmann-json3-dev"],
        "modules": ["nlohmann_json"],
    },
    "system_openssl": {
        "debian_packages": ["libssl-dev"],
        "modules": ["openssl"],
    },
    # What CMake installs; used where it installs these rules, too.
    "system_pinion": {
        "debian_packages": ["libpinion-dev"],
        "libraries": {
            "admin": ["-lpinion_admin", "-lpinion_metrics", "-lpinion", "-lprometheus-cpp-core", "-lmicrohttpd"],
            "metrics": ["-lpinion_metrics", "-lpinion", "-lprometheus-cpp-core"],
            "testing": ["-lpinion_testing", "-lgmock", "-lgtest", "-lssl", "-lcrypto"],
        },
        "modules": ["pinion"],
    },
    "system_prometheus": {
        "debian_packages": ["prometheus-cpp-dev"],
        "modules": ["prometheus-cpp-core"],
    },
    "system_protobuf": {
        "debian_packages": ["libprotobuf-dev", "protobuf-compiler"],
        "modules": ["protobuf"],
        "programs": ["protoc"],
    },
}
