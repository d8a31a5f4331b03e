"""The sources of C++ targets and of everything that they depend on, as files."""

_SourcesInfo = provider(doc = "Sources.", fields = {"files": "those of a target and of its dependencies"})

def _collect_impl(_target, ctx):
    own = [file for name in ("srcs", "hdrs") for file in getattr(ctx.rule.files, name, []) if file.is_source]
    deps = [dep[_SourcesInfo].files for dep in getattr(ctx.rule.attr, "deps", []) if _SourcesInfo in dep]
    return [_SourcesInfo(files = depset(own, transitive = deps))]

_collect = aspect(implementation = _collect_impl, attr_aspects = ["deps"])

def _sources_impl(ctx):
    files = depset(transitive = [dep[_SourcesInfo].files for dep in ctx.attr.deps])
    return [DefaultInfo(files = files, runfiles = ctx.runfiles(transitive_files = files))]

sources = rule(
    implementation = _sources_impl,
    attrs = {"deps": attr.label_list(aspects = [_collect])},
)
