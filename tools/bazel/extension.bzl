"""What MODULE.bazel uses, where WORKSPACE calls troupe_dependencies(). For Bazel 7; nothing that
Bazel 4 builds loads this file.
"""

load("//tools/bazel:dependencies.bzl", "declare_system_libraries")

def _declare(rule, name, **attributes):
    rule(name = name, **attributes)

def _system_libraries_impl(_context):
    declare_system_libraries(_declare)

system_libraries = module_extension(
    implementation = _system_libraries_impl,
    doc = "Declares one repository for each library of the system that Troupe uses.",
)
