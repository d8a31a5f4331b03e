"""A fuzz target: one function that libFuzzer feeds, and a test that feeds it the kept inputs."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_test")

# What make_seeds makes, by target.
SEEDS = {
    "certificate": [
        "ed25519.der",
        "intermediate.der",
        "leaf.der",
        "nul-in-name.der",
        "odd-address.der",
        "one-name.der",
        "root.der",
        "rsa.der",
    ],
    "der": [
        "algorithms-differ.der",
        "extension-twice.der",
        "intermediate.der",
        "leaf.der",
        "name-constraints.der",
        "padded-names.der",
        "padded-rsa-key.der",
        "rsa.der",
    ],
    "pem": [
        "chain.pem",
        "commented-out.pem",
        "cut-off.pem",
        "key-and-certificate.pem",
        "key.pem",
        "public-key.pem",
        "root.pem",
    ],
}

def _seed_files_impl(ctx):
    ctx.actions.run(
        executable = ctx.executable.maker,
        arguments = [file.path for file in ctx.outputs.files],
        outputs = ctx.outputs.files,
        mnemonic = "Seeds",
    )
    files = ctx.outputs.files
    return [DefaultInfo(files = depset(files), runfiles = ctx.runfiles(files = files))]

seed_files = rule(
    implementation = _seed_files_impl,
    doc = "The files that a program makes, whose paths are its arguments.",
    attrs = {
        "files": attr.output_list(),
        # Not "exec": the program's libraries are built for the tests anyway.
        "maker": attr.label(executable = True, cfg = "target"),
    },
)

def fuzz_target(name, deps, seeds = []):
    """Makes NAME_fuzz, for tools/fuzz, and NAME_test, from NAME_fuzz.cc and the inputs in corpus/NAME.

    Args:
      name: what is fuzzed.
      deps: of NAME_fuzz.cc, which defines LLVMFuzzerTestOneInput and, where bytes at random would not get far,
        LLVMFuzzerCustomMutator.
      seeds: further inputs, made by the build.
    """
    source = name + "_fuzz.cc"
    corpus = native.glob(["corpus/%s/**" % name])
    cc_binary(
        name = name + "_fuzz",
        testonly = True,
        srcs = [source],
        data = corpus + seeds,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],  # only clang has libFuzzer: bazel build --config=fuzz
        deps = deps + [":invariant"],
    )
    cc_test(
        name = name + "_test",
        size = "small",
        srcs = [source],
        args = ["$(rootpath %s)" % input for input in corpus] + ["$(rootpaths %s)" % target for target in seeds],
        data = corpus + seeds,
        tags = ["no-tsan"],  # one thread
        deps = deps + [
            ":corpus_main",
            ":invariant",
        ],
    )
