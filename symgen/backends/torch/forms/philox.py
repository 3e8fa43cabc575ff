"""symgen's own random draws, whose state of four words stays on the host."""

from pytensor.link.pytorch.dispatch.basic import pytorch_funcify

from symgen.backends.torch.host import host_expression
from symgen.backends.torch.registry import emits
from symgen.backends.torch.scope import Code
from symgen.ops.philox import PhiloxDraw


@emits(PhiloxDraw)
def emit_philox(scope, node, arguments):
    """``(new state, draw)``."""
    state, *shape = arguments
    draw = pytorch_funcify(node.op, node=node, device=scope.device)
    given = host_expression(scope, state) if state.on_host else state.name
    names = [given, *(scope.integer(value) for value in shape)]
    return Code(f"{scope.bind(draw, 'philox')}({', '.join(names)})")
