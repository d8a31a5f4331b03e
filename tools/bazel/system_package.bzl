"""A system library as a Bazel repository: one repository rule over pkg-config."""

def _missing(repository_ctx, what):
    packages = " ".join(repository_ctx.attr.debian_packages)
    fail("%s is missing. Install it: apt-get install %s (or run tools/setup)" % (what, packages))

def _pkg_config(repository_ctx, option):
    result = repository_ctx.execute(["pkg-config", option] + repository_ctx.attr.modules)
    if result.return_code != 0:
        _missing(repository_ctx, "pkg-config module " + " ".join(repository_ctx.attr.modules))
    return [flag for flag in result.stdout.strip().split(" ") if flag]

def _impl(repository_ctx):
    if not repository_ctx.which("pkg-config"):
        fail("pkg-config is missing. Install it: apt-get install pkg-config (or run tools/setup)")
    defines = [flag[2:] for flag in _pkg_config(repository_ctx, "--cflags") if flag.startswith("-D")]

    # Bazel does not see the system's headers. The version on the command line makes it recompile after an upgrade.
    version = _pkg_config(repository_ctx, "--modversion")[0].split("\n")[0]
    defines.append("PINION_BUILT_WITH_%s=%s" % (repository_ctx.attr.library.upper(), version))
    build = [
        'load("@rules_cc//cc:defs.bzl", "cc_library")',
        'package(default_visibility = ["//visibility:public"])',
        "cc_library(name = %r, defines = %r, linkopts = %r)" %
        (repository_ctx.attr.library, defines, _pkg_config(repository_ctx, "--libs")),
    ]
    for name, linkopts in repository_ctx.attr.libraries.items():
        build.append("cc_library(name = %r, linkopts = %r, deps = [%r])" % (name, linkopts, ":" + repository_ctx.attr.library))
    for program in repository_ctx.attr.programs:
        path = repository_ctx.which(program)
        if not path:
            _missing(repository_ctx, program)
        repository_ctx.symlink(path, program)
        build.append("exports_files([%r])" % program)
    repository_ctx.file("BUILD", "\n".join(build) + "\n")
    repository_ctx.file("version.bzl", 'VERSION = "%s"\n' % version)

system_package = repository_rule(
    implementation = _impl,
    doc = "Defines @NAME//:NAME, where NAME is `library`, a cc_library with the link flags that pkg-config gives for `modules`. Headers are the system's.",
    attrs = {
        "debian_packages": attr.string_list(doc = "what to install when it is missing", mandatory = True),
        "libraries": attr.string_list_dict(doc = "further libraries of the same package: name -> linkopts"),
        # A module's repository has a longer name.
        "library": attr.string(doc = "the repository's name as it is declared", mandatory = True),
        "modules": attr.string_list(doc = "pkg-config module names", mandatory = True),
        "programs": attr.string_list(doc = "programs of the package, exported as files"),
    },
    environ = ["PATH", "PKG_CONFIG_PATH"],
    local = True,
)
