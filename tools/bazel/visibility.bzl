"""Who may use the parts that run algorithms: sim, remote, testbed, cli."""

def runners():
    """The visibility of a part that runs algorithms.

    In this tree: the runners that the root BUILD.bazel lists, so an algorithm that depends on the
    simulator or on gRPC does not build. In a workspace that uses Troupe: everybody, since a package
    group cannot name the packages of another workspace.
    """
    if native.repository_name() == "@":
        return ["//:runners"]
    return ["//visibility:public"]

def runtimes():
    """The visibility of what runtimes share and algorithms must not see."""
    if native.repository_name() == "@":
        return ["//:runtimes"]
    return ["//visibility:public"]
