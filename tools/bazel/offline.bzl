"""Stand-ins for repositories that Bazel would otherwise download.

Bazel 4's built-in WORKSPACE suffix names all of them. The rules of `rules_cc` and `rules_java` are
built into Bazel; the coverage tools are needed only by `bazel coverage`.
"""

_RULES_CC = [
    "cc_binary",
    "cc_import",
    "cc_library",
    "cc_proto_library",
    "cc_test",
    "cc_toolchain",
    "cc_toolchain_suite",
    "objc_import",
    "objc_library",
]

_RULES_JAVA = [
    "java_binary",
    "java_import",
    "java_library",
    "java_package_configuration",
    "java_plugin",
    "java_proto_library",
    "java_runtime",
    "java_test",
    "java_toolchain",
]

def _native_rules_impl(repository_ctx):
    language = repository_ctx.attr.language
    repository_ctx.file("BUILD.bazel", "")
    repository_ctx.file(language + "/BUILD.bazel", """
alias(
    name = "toolchain_type",
    actual = "@bazel_tools//tools/cpp:toolchain_type",
    visibility = ["//visibility:public"],
)
""" if language == "cc" else "")
    repository_ctx.file(language + "/defs.bzl", "".join([
        "%s = native.%s\n" % (rule, rule)
        for rule in repository_ctx.attr.rules
    ]))

_native_rules = repository_rule(
    implementation = _native_rules_impl,
    attrs = {
        "language": attr.string(mandatory = True),
        "rules": attr.string_list(mandatory = True),
    },
)

def offline_rules_cc(name):
    """Bazel's own C++ rules, where rules_cc has them."""
    _native_rules(name = name, language = "cc", rules = _RULES_CC)

def offline_rules_java(name):
    """Bazel's own Java rules, where rules_java has them. Bazel's toolchains load them."""
    _native_rules(name = name, language = "java", rules = _RULES_JAVA)

def _offline_coverage_tools_impl(repository_ctx):
    repository_ctx.file("no_coverage.sh", """#!/bin/sh
echo 'bazel coverage needs tools from the network, which this build does not use.' >&2
exit 1
""", executable = True)
    repository_ctx.file("BUILD.bazel", """
package(default_visibility = ["//visibility:public"])

[filegroup(
    name = name,
    srcs = ["no_coverage.sh"],
) for name in ["coverage_report_generator", "lcov_merger"]]
""")

offline_coverage_tools = repository_rule(implementation = _offline_coverage_tools_impl)
