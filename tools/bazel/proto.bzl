"""C++ from .proto files, with the protoc and the gRPC plugin of this machine.

    load("//tools/bazel:proto.bzl", "proto_cc_library")

    proto_cc_library(
        name = "wire",
        srcs = ["wire.proto"],
        grpc = True,  # services too: wire.grpc.pb.h
    )

C++ includes "remote/wire.pb.h". A .proto imports another by its path from the root of the
workspace, and names that one's proto_cc_library in `deps`.
"""

load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

_ProtoFiles = provider(
    doc = "The .proto files that another .proto file may import.",
    fields = {
        "files": "depset of files",
        "roots": "depset of the directories that imports start from",
    },
)

def _root(label):
    return label.workspace_root or "."

def _generate(ctx, protos, roots):
    """Runs protoc. Gives the generated headers and sources."""
    kinds = [".pb"] + ([".grpc.pb"] if ctx.attr.grpc else [])
    headers = []
    sources = []
    for proto in ctx.files.srcs:
        stem = proto.basename[:-len(".proto")]
        for kind in kinds:
            headers.append(ctx.actions.declare_file(stem + kind + ".h", sibling = proto))
            sources.append(ctx.actions.declare_file(stem + kind + ".cc", sibling = proto))

    out = "/".join([part for part in [ctx.bin_dir.path, ctx.label.workspace_root] if part])
    arguments = ctx.actions.args()
    arguments.add_all(roots, format_each = "-I%s")
    arguments.add("--cpp_out=" + out)
    tools = []
    if ctx.attr.grpc:
        tools = [ctx.executable._grpc_cpp_plugin]
        arguments.add(ctx.executable._grpc_cpp_plugin, format = "--plugin=protoc-gen-grpc=%s")
        arguments.add("--grpc_out=" + out)
    arguments.add_all(ctx.files.srcs)
    ctx.actions.run(
        executable = ctx.executable._protoc,
        arguments = [arguments],
        inputs = protos,
        outputs = headers + sources,
        tools = tools,
        mnemonic = "Protoc",
        progress_message = "Generating C++ from %s" % ctx.label,
    )
    return headers, sources, out

def _proto_cc_library_impl(ctx):
    protos = depset(
        ctx.files.srcs,
        transitive = [dep[_ProtoFiles].files for dep in ctx.attr.deps],
    )
    roots = depset(
        [_root(ctx.label)],
        transitive = [dep[_ProtoFiles].roots for dep in ctx.attr.deps],
    )
    headers, sources, out = _generate(ctx, protos, roots)

    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    libraries = ctx.attr.deps + [ctx.attr._protobuf] + ([ctx.attr._grpc] if ctx.attr.grpc else [])
    compilation, objects = cc_common.compile(
        name = ctx.label.name,
        actions = ctx.actions,
        feature_configuration = features,
        cc_toolchain = toolchain,
        srcs = sources,
        public_hdrs = headers,
        quote_includes = [out],
        # Generated code is not ours to fix.
        user_compile_flags = ["-w"],
        compilation_contexts = [library[CcInfo].compilation_context for library in libraries],
    )
    linking, outputs = cc_common.create_linking_context_from_compilation_outputs(
        name = ctx.label.name,
        actions = ctx.actions,
        feature_configuration = features,
        cc_toolchain = toolchain,
        compilation_outputs = objects,
        linking_contexts = [library[CcInfo].linking_context for library in libraries],
        disallow_dynamic_library = True,
    )
    built = outputs.library_to_link
    archives = [file for file in [built.static_library, built.pic_static_library] if file]
    return [
        DefaultInfo(files = depset(headers + archives)),
        CcInfo(compilation_context = compilation, linking_context = linking),
        _ProtoFiles(files = protos, roots = roots),
        OutputGroupInfo(generated = depset(headers + sources)),
    ]

proto_cc_library = rule(
    implementation = _proto_cc_library_impl,
    doc = "A C++ library generated from .proto files.",
    attrs = {
        "srcs": attr.label_list(
            allow_files = [".proto"],
            allow_empty = False,
            mandatory = True,
        ),
        "deps": attr.label_list(
            doc = "The proto_cc_library of each imported .proto file of ours.",
            providers = [CcInfo, _ProtoFiles],
        ),
        "grpc": attr.bool(
            doc = "Generate services, and depend on gRPC.",
        ),
        "_protoc": attr.label(
            default = "@protobuf//:protoc",
            executable = True,
            allow_single_file = True,
            cfg = "exec",
        ),
        "_grpc_cpp_plugin": attr.label(
            default = "@grpc//:grpc_cpp_plugin",
            executable = True,
            allow_single_file = True,
            cfg = "exec",
        ),
        "_protobuf": attr.label(default = "@protobuf//:protobuf"),
        "_grpc": attr.label(default = "@grpc//:grpc++"),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
