"""A PKI for tests, made when they are built, so that no key is committed and no test has to make its own."""

_PARTY_FILES = [
    "%s.pem",
    "%s-key.pem",
    "%s-backup.pem",
    "%s-backup-key.pem",
    "%s-impostor.pem",
    "%s-impostor-key.pem",
    "%s-client.json",
    "%s-server.json",
]

def _test_pki_impl(ctx):
    tool = ctx.executable._pinion
    ctx.actions.run(
        executable = ctx.file._script,
        arguments = [tool.path, ctx.outputs.files[0].dirname] + ctx.attr.parties,
        tools = [tool],
        outputs = ctx.outputs.files,
        mnemonic = "TestPki",
        progress_message = "Making a throw-away PKI",
    )
    files = ctx.outputs.files
    return [DefaultInfo(files = depset(files), runfiles = ctx.runfiles(files = files))]

_test_pki = rule(
    implementation = _test_pki_impl,
    attrs = {
        "files": attr.output_list(),
        "parties": attr.string_list(doc = "each party's name and names, separated by blanks"),
        # Tests use the tool, too. With the configuration of tools ("exec") it would be built twice.
        "_pinion": attr.label(default = "//:cli", executable = True, cfg = "target"),
        "_script": attr.label(default = "//tools/bazel:make_test_pki.sh", allow_single_file = True),
    },
)

def pinion_test_pki(name, parties, **kwargs):
    """Makes a throw-away CA, parties' certificates and keys, their pin file, and configurations, as files NAME/….

    For instance:

        pinion_test_pki(
            name = "pki",
            parties = {
                "payments": ["localhost", "spiffe://test/payments"],
                "orders": ["spiffe://test/orders"],
            },
        )

        sh_test(
            name = "payments_test",
            srcs = ["payments_test.sh"],
            data = [":pki", …],
        )

    makes pki/ca.pem, pki/ca-key.pem, pki/pins.json, and for each party, such as payments:

        payments.pem           payments-key.pem           with these names, for both sides of TLS; its pin is ACTIVE
        payments-backup.pem    payments-backup-key.pem    the same names; its pin is BACKUP
        payments-impostor.pem  payments-impostor-key.pem  the same names, from the same CA; not pinned
        payments-client.json   payments-server.json       configurations; a server's allows every authenticated peer

    Paths in the configurations are relative to them. Everything is valid for ten years, because build caches keep it.
    The keys are in bazel-out and in every cache that the build has: use them for tests and nothing else.

    Args:
      name: of the target, which contains all the files, and of their folder.
      parties: from each party's name (letters, digits, '-', '_') to its certificates' names: DNS names, IP addresses,
        and URIs, distinguished by their syntax.
      **kwargs: attributes of any rule, such as visibility.
    """
    descriptions = []
    for party, names in parties.items():
        words = [party] + names
        if not party.replace("-", "").replace("_", "").isalnum() or party == "ca":
            fail("pinion_test_pki: \"%s\" is not a valid party name: use letters, digits, '-' and '_', and not \"ca\"" % party)
        if not names or [word for word in words if "\"" in word or " " in word]:
            fail("pinion_test_pki: %s needs one or more names, without quotes and blanks" % party)
        descriptions.append(" ".join(words))
    kwargs.setdefault("testonly", True)
    files = ["ca.pem", "ca-key.pem", "pins.json"] + [file % party for party in parties for file in _PARTY_FILES]
    _test_pki(
        name = name,
        files = [name + "/" + file for file in files],
        parties = descriptions,
        **kwargs
    )
