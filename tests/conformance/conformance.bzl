"""One test of the conformance suite: NAME.cc, on every runtime."""

def conformance_test(name, size = "small", deps = [], **kwargs):
    native.cc_test(
        name = name,
        size = size,
        srcs = [name + ".cc"],
        deps = [
            ":world",
            "//actor",
            "//scenario:network",
            "//sim:simulator",
            "@absl//:flat_hash_set",
            "@googletest//:gtest_main",
        ] + deps,
        **kwargs
    )
