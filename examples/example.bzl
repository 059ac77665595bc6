"""One example: a program of one file, and a test of what it prints in each world."""

def example(name, args = []):
    """NAME.cc prints NAME.out, in the simulator and on threads."""
    native.cc_binary(
        name = name,
        srcs = [name + ".cc"],
        deps = [":example"],
    )
    for world in ["sim", "threads"]:
        native.sh_test(
            name = name + "_" + world + "_test",
            size = "small",
            srcs = ["example_test.sh"],
            args = ["$(rootpath :%s)" % name, "$(rootpath :%s.out)" % name, "--on", world] + args,
            data = [":" + name, name + ".out"],
        )
