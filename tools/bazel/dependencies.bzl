"""Every external name that Troupe's targets use, in one macro.

Another workspace calls it too, and may declare any of the names itself beforehand:

    local_repository(name = "troupe", path = "../troupe")
    load("@troupe//tools/bazel:dependencies.bzl", "troupe_dependencies")
    troupe_dependencies()

It then needs Troupe's compiler and language in its own .bazelrc:

    build --repo_env=CC=clang-19
    build --cxxopt=-std=c++20 --host_cxxopt=-std=c++20
    build --nosandbox_debug
"""

load(
    "//tools/bazel:offline.bzl",
    "offline_coverage_tools",
    "offline_rules_cc",
    "offline_rules_java",
)
load("//tools/bazel:pkg_config.bzl", "pkg_config")

# Abseil has one module for each of its libraries. Add a name here when you need one more.
_ABSEIL = [
    "any_invocable",
    "base",
    "btree",
    "cleanup",
    "cord",
    "core_headers",
    "failure_signal_handler",
    "fixed_array",
    "flags",
    "flags_parse",
    "flags_usage",
    "flat_hash_map",
    "flat_hash_set",
    "function_ref",
    "hash",
    "inlined_vector",
    "memory",
    "node_hash_map",
    "numeric",
    "optional",
    "random_random",
    "span",
    "stacktrace",
    "status",
    "statusor",
    "str_format",
    "strings",
    "symbolize",
    "synchronization",
    "time",
    "type_traits",
    "utility",
]

def _maybe(rule, name, **attributes):
    """Declares the repository unless the calling workspace has already done so."""
    if name not in native.existing_rules():
        rule(name = name, **attributes)

def troupe_dependencies():
    """Declares all repositories that Troupe's targets refer to."""
    _maybe(offline_rules_cc, name = "rules_cc")
    _maybe(offline_rules_java, name = "rules_java")
    _maybe(offline_coverage_tools, name = "remote_coverage_tools")
    declare_system_libraries(_maybe)

def declare_system_libraries(declare):
    """Declares the libraries of the system.

    Args:
      declare: called as declare(rule, name = ..., ...) for each repository
    """

    # @absl//:status, @absl//:strings, ...
    declare(
        pkg_config,
        name = "absl",
        debian_package = "libabsl-dev",
        modules = {name: "absl_" + name for name in _ABSEIL},
    )
    declare(
        pkg_config,
        name = "protobuf",
        debian_package = "libprotobuf-dev",
        modules = {
            "protobuf": "protobuf",
            "protobuf_lite": "protobuf-lite",
        },
        programs = {"protoc": "protobuf-compiler"},
    )
    declare(
        pkg_config,
        name = "grpc",
        debian_package = "libgrpc++-dev",
        modules = {"grpc++": "grpc++"},
        programs = {"grpc_cpp_plugin": "protobuf-compiler-grpc"},
    )
    declare(
        pkg_config,
        name = "openssl",
        debian_package = "libssl-dev",
        modules = {
            "crypto": "libcrypto",
            "ssl": "libssl",
        },
    )
    declare(
        pkg_config,
        name = "nlohmann_json",
        debian_package = "nlohmann-json3-dev",
        modules = {"nlohmann_json": "nlohmann_json"},
    )
    declare(
        pkg_config,
        name = "yaml_cpp",
        debian_package = "libyaml-cpp-dev",
        modules = {"yaml_cpp": "yaml-cpp"},
    )
    declare(
        pkg_config,
        name = "googletest",
        debian_package = "libgtest-dev libgmock-dev",
        modules = {
            "gmock": "gmock",
            "gmock_main": "gmock_main",
            "gtest": "gtest",
            "gtest_main": "gtest_main",
        },
    )
    declare(
        pkg_config,
        name = "benchmark",
        debian_package = "libbenchmark-dev",
        modules = {"benchmark": "benchmark"},
    )

    # A peer that only benchmarks compare with.
    declare(
        pkg_config,
        name = "simgrid",
        debian_package = "libsimgrid-dev",
        modules = {"simgrid": "simgrid"},
        optional = True,
    )
