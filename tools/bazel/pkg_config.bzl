"""Libraries installed on this machine, as Bazel targets: a repository rule that asks pkg-config.

    pkg_config(
        name = "openssl",
        debian_package = "libssl-dev",
        modules = {"crypto": "libcrypto"},
    )

gives `@openssl//:crypto`. Nothing is downloaded.
"""

# Directories that the compiler searches by itself.
_DEFAULT_INCLUDE_DIRECTORIES = ["/usr/include", "/usr/local/include"]

def _ask(repository_ctx, pkg_config, module):
    """The words of `pkg-config --cflags --libs`, or None if it does not know the module."""
    answer = repository_ctx.execute([pkg_config, "--cflags", "--libs", module])
    if answer.return_code != 0:
        return None
    return [word for word in answer.stdout.replace("\n", " ").split(" ") if word]

def _library(repository_ctx, name, words):
    """The text of one cc_library made from pkg-config's words."""
    defines = []
    includes = []
    linkopts = []
    for word in words:
        if word.startswith("-D"):
            defines.append(word[2:])
        elif word.startswith("-I"):
            directory = word[2:]
            if directory not in _DEFAULT_INCLUDE_DIRECTORIES:
                # Bazel accepts headers outside the compiler's own directories only below the
                # repository, so they are reached through a link.
                link = "include/%s/%d" % (name, len(includes))
                repository_ctx.symlink(directory, link)
                includes.append(link)
        elif word.startswith("-l") or word.startswith("-L") or word.startswith("-Wl,"):
            # pkg-config repeats libraries for the sake of static archives. Debian's are shared:
            # once is enough, and the command line stays readable.
            if word.startswith("-Wl,") or word not in linkopts:
                linkopts.append(word)
        elif word == "-pthread":
            linkopts.append(word)

    # Anything else (-m..., -std=...) would change how our own code is compiled: left out.
    return """
cc_library(
    name = "{name}",
    hdrs = glob({globs}, allow_empty = True),
    defines = {defines},
    includes = {includes},
    linkopts = {linkopts},
)
""".format(
        name = name,
        globs = [include + "/**" for include in includes],
        defines = defines,
        includes = includes,
        linkopts = linkopts,
    )

def _missing_library(name, reason):
    """A target that Bazel skips in `//...`, and refuses with `reason` when asked for by name."""
    return """
cc_library(
    name = "{name}",
    target_compatible_with = [":{reason}"],
)
""".format(name = name, reason = reason)

def _pkg_config_impl(repository_ctx):
    attributes = repository_ctx.attr
    pkg_config = repository_ctx.which("pkg-config")
    if not pkg_config:
        fail("Troupe needs the program pkg-config: run tools/setup (Debian package pkg-config).")

    reason = attributes.debian_package + "_is_missing__run_tools_setup_--bench"
    text = [
        "# Written by tools/bazel/pkg_config.bzl.",
        'package(default_visibility = ["//visibility:public"])',
    ]
    missing = False
    for name, module in attributes.modules.items():
        words = _ask(repository_ctx, pkg_config, module)
        if words != None:
            text.append(_library(repository_ctx, name, words))
        elif attributes.optional:
            missing = True
            text.append(_missing_library(name, reason))
        else:
            fail(("Troupe needs the library %s, which pkg-config does not find: run tools/setup " +
                  "(Debian package %s).") % (module, attributes.debian_package))
    if missing:
        text.append("""
# No platform has this constraint, so whatever depends on the library is skipped.
constraint_setting(name = "installed")

constraint_value(
    name = "{reason}",
    constraint_setting = ":installed",
)
""".format(reason = reason))

    for program, debian_package in attributes.programs.items():
        path = repository_ctx.which(program)
        if not path:
            fail("Troupe needs the program %s: run tools/setup (Debian package %s)." %
                 (program, debian_package))
        repository_ctx.symlink(path, "bin/" + program)
        text.append("""
filegroup(
    name = "{program}",
    srcs = ["bin/{program}"],
)
""".format(program = program))
    repository_ctx.file("BUILD.bazel", "\n".join(text))

pkg_config = repository_rule(
    implementation = _pkg_config_impl,
    doc = "Targets for libraries and programs that are installed on this machine.",
    attrs = {
        "modules": attr.string_dict(
            doc = "Target name -> pkg-config module.",
        ),
        "programs": attr.string_dict(
            doc = "Program on PATH, which becomes a target -> the Debian package that has it.",
        ),
        "debian_package": attr.string(
            mandatory = True,
            doc = "What to install when a module is missing.",
        ),
        "optional": attr.bool(
            doc = "When missing, skip the targets that need it instead of failing.",
        ),
    },
    environ = ["PATH", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"],
    # The answer is the machine's, not ours: ask again whenever a Bazel server starts.
    local = True,
)
