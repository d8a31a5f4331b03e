"""C++ from .proto files with the system's protoc and gRPC plug-in."""

load("@rules_cc//cc:defs.bzl", "cc_library")

def _generate_impl(ctx):
    suffixes = [".pb"] + ([".grpc.pb"] if ctx.attr.grpc else [])
    outputs = []
    for src in ctx.files.srcs:
        stem = src.basename[:-len(".proto")]
        for suffix in suffixes:
            outputs += [ctx.actions.declare_file(stem + suffix + end) for end in (".h", ".cc")]

    # A file's import path is its path below this repository's proto/ folder.
    root = (ctx.label.workspace_root + "/" if ctx.label.workspace_root else "") + "proto"
    args = ctx.actions.args()
    args.add("-I" + root)
    out = ctx.bin_dir.path + "/" + root
    args.add("--cpp_out=" + out)
    if ctx.attr.grpc:
        args.add(ctx.executable._plugin, format = "--plugin=protoc-gen-grpc=%s")
        args.add("--grpc_out=" + out)
    args.add_all(ctx.files.srcs)
    ctx.actions.run(
        executable = ctx.executable._protoc,
        arguments = [args],
        inputs = ctx.files.srcs + ctx.files.imports,
        tools = [ctx.executable._plugin],
        outputs = outputs,
        mnemonic = "Protoc",
    )
    headers = [f for f in outputs if f.extension == "h"]
    sources = [f for f in outputs if f.extension == "cc"]
    return [
        DefaultInfo(files = depset(outputs)),
        OutputGroupInfo(headers = depset(headers), sources = depset(sources)),
    ]

_generate = rule(
    implementation = _generate_impl,
    attrs = {
        "grpc": attr.bool(),
        "imports": attr.label_list(allow_files = [".proto"]),
        "srcs": attr.label_list(allow_files = [".proto"]),
        "_plugin": attr.label(
            default = "@system_grpc//:grpc_cpp_plugin",
            executable = True,
            cfg = "exec",
            allow_single_file = True,
        ),
        "_protoc": attr.label(
            default = "@system_protobuf//:protoc",
            executable = True,
            cfg = "exec",
            allow_single_file = True,
        ),
    },
)

def cc_protos(name, srcs, imports = [], grpc = False, deps = [], visibility = None):
    """A cc_library of the messages (and, with grpc, the services) in srcs.

    Args:
      name: of the library.
      srcs: .proto files of this package.
      imports: .proto files that srcs import; their libraries go into deps.
      grpc: also generate service stubs.
      deps: libraries of the imported files.
      visibility: of the library.
    """
    _generate(name = name + "_gen", srcs = srcs, imports = imports, grpc = grpc)
    native.filegroup(name = name + "_headers", srcs = [name + "_gen"], output_group = "headers")
    native.filegroup(name = name + "_sources", srcs = [name + "_gen"], output_group = "sources")
    cc_library(
        name = name,
        srcs = [name + "_sources"],
        hdrs = [name + "_headers"],
        strip_include_prefix = "/proto",
        deps = deps + [Label("@system_protobuf")] + ([Label("@system_grpc")] if grpc else []),
        visibility = visibility,
    )
