"""Fuzzers: what must hold whatever bytes a function is given.

    load("//tools/bazel:fuzz.bzl", "fuzz_target")

    fuzz_target(
        name = "parse",
        srcs = ["parse_fuzz.cc"],  # defines LLVMFuzzerTestOneInput
        corpus = glob(["corpus/*"]),
        deps = ["//scenario:parse"],
    )

makes `parse_corpus_test`, an ordinary test that gives each file of the corpus to the function, so
that what has been found once stays mended; and `parse_fuzzer`, which goes on from there:

    bazel run --config=fuzz //scenario/fuzz:parse_fuzzer -- -max_total_time=600 CORPUS
"""

def fuzz_target(name, srcs, deps, corpus):
    """A corpus test and a fuzzer, `corpus` being the files of the folder `corpus`."""
    native.cc_library(
        name = name + "_fuzz",
        testonly = True,
        srcs = srcs,
        deps = deps,
        alwayslink = True,
    )

    # Only with --config=fuzz.
    native.cc_binary(
        name = name + "_fuzzer",
        testonly = True,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = [":" + name + "_fuzz"],
    )
    native.cc_test(
        name = name + "_corpus_test",
        size = "small",
        args = [native.package_name() + "/corpus"],
        data = corpus,
        deps = [
            ":" + name + "_fuzz",
            "//tools/fuzz:corpus_test",
        ],
    )
