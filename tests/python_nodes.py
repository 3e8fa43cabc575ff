"""Which nodes of a compiled function run in Python."""


def python_nodes(function):
    """The nodes that the C virtual machine has no C code for."""
    machine = function.vm
    return [
        node
        for node, thunk in zip(machine.nodes, machine.thunks, strict=True)
        if not hasattr(thunk, "cthunk")
    ]
