"""Tests of error messages: programs that must not compile, and what the compiler must say.

    compile_error_tests(
        name = "compile_errors",
        srcs = glob(["*.cc"]),
        deps = ["//actor"],
    )

makes a test of each program. It opens with what is expected of it:

    // EXPECT: An actor's method takes its parameters by value.

Each such line must be found, word for word, in one of the first lines of the compiler's output. A
control, which differs from a wrong program in the mistake alone, opens with

    // COMPILES
"""

load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _compile_error_test_impl(ctx):
    toolchain = find_cpp_toolchain(ctx)
    context = cc_common.merge_cc_infos(
        cc_infos = [dep[CcInfo] for dep in ctx.attr.deps],
    ).compilation_context

    # The test runs at the root of its runfiles, where sources and generated headers lie together.
    # System libraries are where the compiler looks by itself.
    compiler = ctx.attr.compiler or toolchain.compiler_executable
    command = [ctx.file._check.short_path, ctx.file.src.short_path, compiler]
    command += ["-fsyntax-only", "-iquote", "."]
    command += ["-D" + define for define in context.defines.to_list()]
    command += [
        flag
        for flag in ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts
        if not flag.startswith("-fsanitize") and not flag.startswith("-fno-sanitize")
    ]
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(
        script,
        "#!/bin/bash\n" +
        ("command -v '%s' > /dev/null || { echo skipped: no '%s' here; exit 0; }\n" %
         (compiler, compiler)) +
        "exec " + " ".join(["'%s'" % word for word in command]) + "\n",
        is_executable = True,
    )
    return DefaultInfo(
        executable = script,
        runfiles = ctx.runfiles(
            files = [ctx.file.src, ctx.file._check],
            transitive_files = context.headers,
        ),
    )

_compile_error_test = rule(
    implementation = _compile_error_test_impl,
    test = True,
    attrs = {
        "src": attr.label(
            allow_single_file = [".cc"],
            mandatory = True,
        ),
        "deps": attr.label_list(providers = [CcInfo]),
        "compiler": attr.string(),
        "_check": attr.label(
            default = "//tests/compile_errors:check_program.sh",
            allow_single_file = True,
        ),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)

def compile_error_tests(name, srcs, deps, compiler = ""):
    """One test for each program, `<program>_test`, and the suite `name` of all of them.

    Args:
      name: of the suite.
      srcs: the programs.
      deps: what they include.
      compiler: where it is not the one that builds everything else. Where it is not installed,
        the tests pass.
    """
    tests = []
    for src in srcs:
        test = src[:-len(".cc")] + "_test"
        _compile_error_test(
            name = test,
            size = "small",
            src = src,
            compiler = compiler,
            # What the compiler says does not depend on what its program would be checked for.
            tags = [
                "no_asan",
                "no_tsan",
            ],
            deps = deps,
        )
        tests.append(test)
    native.test_suite(
        name = name,
        tests = tests,
    )
