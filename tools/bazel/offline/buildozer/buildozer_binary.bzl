"""Bazel's own module names this extension and its repository, and builds nothing with it."""

def _repository_impl(repository_ctx):
    repository_ctx.file("BUILD")

_repository = repository_rule(implementation = _repository_impl)

buildozer_binary = module_extension(implementation = lambda _module_ctx: _repository(name = "buildozer_binary"))
