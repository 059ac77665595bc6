"""Which commit a program is built from, as a header.

    commit_flag(name = "commit", build_setting_default = "")

    built_from_header(
        name = "built_from",
        commit = ":commit",
    )

The commit is given by whoever builds for others (`bazel build --//cli:commit=...`, see
tools/package), and is empty otherwise: Bazel's own stamps would build programs again, and run their
tests again, after each commit.
"""

_Commit = provider(doc = "A commit.", fields = {"name": "as git calls it, or an empty string"})

def _commit_flag_impl(ctx):
    name = ctx.build_setting_value
    for character in name.elems():
        if not (character.isalnum() or character == "-"):
            fail("%s is a commit, as 'git describe --always' names it, not '%s'" %
                 (ctx.label, name))
    return _Commit(name = name)

commit_flag = rule(
    implementation = _commit_flag_impl,
    build_setting = config.string(flag = True),
    doc = "A flag of the command line of Bazel.",
)

def _built_from_header_impl(ctx):
    header = ctx.actions.declare_file(ctx.label.name + ".h")
    ctx.actions.write(header, "\n".join([
        "// Written by tools/bazel/built_from.bzl.",
        "#pragma once",
        "",
        "namespace troupe::cli {",
        "",
        "inline constexpr char kBuiltFrom[] = \"%s\";" % ctx.attr.commit[_Commit].name,
        "",
        "}  // namespace troupe::cli",
        "",
    ]))
    return [DefaultInfo(files = depset([header]))]

built_from_header = rule(
    implementation = _built_from_header_impl,
    doc = "A header with the constant troupe::cli::kBuiltFrom.",
    attrs = {"commit": attr.label(mandatory = True, providers = [_Commit])},
)
