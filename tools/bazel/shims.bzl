"""Small stand-ins for repositories that Bazel would otherwise download."""

def _impl(repository_ctx):
    for source, target in repository_ctx.attr.files.items():
        repository_ctx.symlink(source, target)
    for package, build in repository_ctx.attr.packages.items():
        repository_ctx.file(package + "/BUILD" if package else "BUILD", build)

shim_repository = repository_rule(
    implementation = _impl,
    doc = "A repository made of this repository's files.",
    attrs = {
        "files": attr.label_keyed_string_dict(doc = "source file -> path in the repository", allow_files = True),
        "packages": attr.string_dict(doc = "package path -> text of its BUILD file"),
    },
    local = True,
)
