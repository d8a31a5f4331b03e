"""The implementation of transport/ for the version of gRPC that the system has."""

load("@system_grpc//:version.bzl", "VERSION")

# Either compiles only with its versions, and says which (grpc_version.cc).
BACKEND = "debian_1_51" if VERSION.startswith("1.51.") else "modern"

def only_for(backend):
    """The target_compatible_with of a backend's targets: a build of everything skips those of the other backends.

    Args:
      backend: "debian_1_51" or "modern".

    Returns:
      A list of constraints.
    """
    return [] if backend == BACKEND else ["@platforms//:incompatible"]
