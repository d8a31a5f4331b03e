"""Conan 2: conan create tools/recipes/conan. See ../README.md for what is checked."""
import os
import re

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load
from conan.tools.system.package_manager import Apt

SOURCES = os.path.join("..", "..", "..")


class PinionConan(ConanFile):
    name = "pinion"
    description = "Mutual-TLS gRPC with pinned keys"
    license = "Apache-2.0"
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, SOURCES, "src/include/pinion/version.h"))
        self.version = re.search(r'PINION_VERSION "([0-9.]+)"', header).group(1)

    def export_sources(self):
        root = os.path.join(self.recipe_folder, SOURCES)
        for folder in ("certs", "cmake", "proto", "src", "tools"):
            copy(self, f"{folder}/*", src=root, dst=self.export_sources_folder)
        for file in ("CMakeLists.txt", "LICENSE", "MODULE.bazel", "WORKSPACE"):
            copy(self, file, src=root, dst=self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    # gRPC 1.51 is the system's: Conan's own gRPC has other versions.
    def system_requirements(self):
        Apt(self).install(
            ["libabsl-dev", "libcli11-dev", "libexpat1-dev", "libgmock-dev", "libgrpc++-dev", "libprotobuf-dev", "libssl-dev",
             "nlohmann-json3-dev", "protobuf-compiler", "protobuf-compiler-grpc"],
            check=True)

    def generate(self):
        CMakeToolchain(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    # The installed CMake package describes the targets.
    def package_info(self):
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "pinion")]
