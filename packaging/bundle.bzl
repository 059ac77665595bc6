"""One library out of the many of this workspace, for those who build without Bazel.

    library_bundle(name = "bundle", deps = ["//actor", "//cli"])

gives libtroupe.a and libtroupe.so, with the position-independent objects of all libraries of this
workspace that `deps` need (those of other workspaces are the system's own), and the headers of the
same libraries in the folder `include`, at the paths by which sources include them. headers.txt
names these.
"""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "CPP_LINK_DYNAMIC_LIBRARY_ACTION_NAME")

def _own_objects(linking_context):
    """The objects of this workspace's libraries, each once, in a fixed order."""
    found = []
    for linker_input in linking_context.linker_inputs.to_list():
        if linker_input.owner.workspace_name:
            continue
        for library in linker_input.libraries:
            found += library.pic_objects or library.objects or []
    return depset(found).to_list()

def _link_flags(linking_context):
    """What links the system's libraries."""
    flags = []
    for linker_input in linking_context.linker_inputs.to_list():
        flags += linker_input.user_link_flags
    return depset(flags).to_list()

def _library_bundle_impl(ctx):
    merged = cc_common.merge_cc_infos(cc_infos = [dep[CcInfo] for dep in ctx.attr.deps])
    toolchain = ctx.attr._cc_toolchain[cc_common.CcToolchainInfo]
    objects = _own_objects(merged.linking_context)
    inputs = depset(objects, transitive = [toolchain.all_files])

    archive = ctx.actions.declare_file("libtroupe.a")
    arguments = ctx.actions.args()
    arguments.add("rcsD")  # D: no times and no owners, so that the same objects give the same bytes
    arguments.add(archive)
    arguments.add_all(objects)
    ctx.actions.run(
        executable = toolchain.ar_executable,
        arguments = [arguments],
        inputs = inputs,
        outputs = [archive],
        mnemonic = "BundleArchive",
    )

    features = cc_common.configure_features(ctx = ctx, cc_toolchain = toolchain)
    linker = cc_common.get_tool_for_action(
        feature_configuration = features,
        action_name = CPP_LINK_DYNAMIC_LIBRARY_ACTION_NAME,
    )
    shared = ctx.actions.declare_file("libtroupe.so")
    arguments = ctx.actions.args()
    arguments.add_all(["-shared", "-fuse-ld=lld", "-Wl,-soname,libtroupe.so.0", "-Wl,--as-needed"])
    arguments.add("-o", shared)
    arguments.add_all(objects)
    arguments.add_all(_link_flags(merged.linking_context))
    arguments.add_all(["-lstdc++", "-lm"])
    ctx.actions.run(
        executable = linker,
        arguments = [arguments],
        inputs = inputs,
        outputs = [shared],
        mnemonic = "BundleShared",
        use_default_shell_env = True,
    )

    headers = []
    paths = []
    for header in merged.compilation_context.headers.to_list():
        if header.owner.workspace_name:
            continue
        link = ctx.actions.declare_file("include/" + header.short_path)
        ctx.actions.symlink(output = link, target_file = header)
        headers.append(link)
        paths.append(header.short_path)

    # A folder of outputs may still hold headers that are gone from the tree.
    names = ctx.actions.declare_file("headers.txt")
    ctx.actions.write(names, "".join([path + "\n" for path in sorted(paths)]))
    outputs = [archive, shared, names] + headers
    return [DefaultInfo(files = depset(outputs), runfiles = ctx.runfiles(files = outputs))]

library_bundle = rule(
    implementation = _library_bundle_impl,
    doc = "One archive, one shared library and one folder of headers.",
    attrs = {
        "deps": attr.label_list(
            mandatory = True,
            providers = [CcInfo],
        ),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
