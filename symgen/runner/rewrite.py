"""What a file of the program is compiled as: its syntax tree with a few expressions replaced.

The replacements call ``__symgen__``, the program's :class:`symgen.runner.runtime.Runtime`.
"""

import ast

RUNTIME = "__symgen__"

#: Calls that take sizes: the name's last part -> the arguments that are sizes, by place and by
#: name; None for all places.
SIZES = {
    "array_split": ((1,), {"axis"}),
    "binomial": ((0, 2), {"n", "size"}),
    "choice": ((1,), {"size"}),
    "empty": ((0,), {"shape"}),
    "eye": ((0, 1, 2), {"N", "M", "k"}),
    "full": ((0,), {"shape"}),
    "identity": ((0,), {"n"}),
    "linspace": ((2,), {"num"}),
    "multinomial": ((0, 2), {"n", "size"}),
    "normal": ((2,), {"size"}),
    "ones": ((0,), {"shape"}),
    "permutation": ((0,), {"x"}),
    "rand": (None, set()),
    "randint": ((0, 1, 2), {"low", "high", "size"}),
    "randn": (None, set()),
    "random": ((0,), {"size"}),
    "random_integers": ((0, 1, 2), {"low", "high", "size"}),
    "random_sample": ((0,), {"size"}),
    "range": (None, set()),
    "repeat": ((0, 1), {"repeats", "axis"}),
    "reshape": (None, {"shape", "newshape"}),
    "resize": (None, {"new_shape"}),
    "split": ((1,), {"indices_or_sections", "axis"}),
    "standard_normal": ((0,), {"size"}),
    "tile": ((1,), {"reps"}),
    "uniform": ((2,), {"size"}),
    "xrange": (None, set()),
    "zeros": ((0,), {"shape"}),
}
_PICKLES = {"pickle", "cPickle", "_pickle", "six.moves.cPickle"}
_OLD_METHODS = {"__div__", "__rdiv__", "__idiv__", "__cmp__", "__getslice__"}


def rewrite(tree, fixes, python2, floor_division):
    """Return `tree` with what the active fixes replace.

    Parameters
    ----------
    tree : ast.Module
    fixes : container of str
    python2 : bool
        Whether the file is Python 2.
    floor_division : bool
        Whether ``/`` between integers rounds down in it.
    """
    return ast.fix_missing_locations(_Rewriter(tree, fixes, python2, floor_division).visit(tree))


def move_lines(tree, lines):
    """Give each node of a converted file its line in the original; columns are dropped.

    Parameters
    ----------
    tree : ast.Module
    lines : dict of int to int
    """
    known = sorted(lines)
    full, last = {}, 1
    for number in range(1, (known[-1] if known else 1) + 1):
        last = full[number] = lines.get(number, last)
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = full.get(node.lineno, last)
            node.col_offset = node.end_col_offset = -1


class _Rewriter(ast.NodeTransformer):
    def __init__(self, tree, fixes, python2, floor_division):
        self.python2, self.floor_division = python2, floor_division
        self.floats, self.pickle = "floats" in fixes, "pickle" in fixes
        self.numpy = "numpy" in fixes
        self.integers = _loop_counters(tree)

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if not (self.floor_division and isinstance(node.op, ast.Div)):
            return node
        if _is_float(node.left) or _is_float(node.right):
            return node
        return _at(node, _runtime("divide", node.left, node.right))

    def visit_AugAssign(self, node):
        if not (self.floor_division and isinstance(node.op, ast.Div)) or _is_float(node.value):
            return self.generic_visit(node)
        before, target = [], node.target
        if isinstance(target, ast.Attribute):
            before = [_assign("__symgen_0__", self.visit(target.value))]
            parts = _load("__symgen_0__"), target.attr
            make = ast.Attribute
        elif isinstance(target, ast.Subscript):
            before = [
                _assign("__symgen_0__", self.visit(target.value)),
                _assign("__symgen_1__", _as_expression(self.visit(target.slice))),
            ]
            key = _load("__symgen_1__")
            if self.floats:
                key = _runtime("key", _load("__symgen_0__"), key)
            parts, make = (_load("__symgen_0__"), key), ast.Subscript
        else:
            parts, make = (target.id,), ast.Name
        result = _runtime("divide_in_place", make(*parts, ast.Load()), self.visit(node.value))
        return [_at(node, part)
                for part in (*before, ast.Assign([make(*parts, ast.Store())], result))]  # fmt: skip

    def visit_Subscript(self, node):
        self.generic_visit(node)
        if not self.floats or _is_whole(node.slice, self.integers):
            return node
        index = _as_expression(node.slice)
        if isinstance(node.ctx, ast.Load):
            return _at(node, _runtime("item", node.value, index))
        if _is_plain(node.value):
            node.slice = _at(node, _runtime("key", _loaded(node.value), index))
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        function = node.func
        name = getattr(function, "attr", None) or getattr(function, "id", None)
        if self.floats and name in SIZES:
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            if not all(_is_whole(value, self.integers) for value in values):
                call = _runtime("with_sizes", ast.Constant(name), function, *node.args)
                call.keywords = node.keywords
                return _at(node, call)
        if self.numpy and name == "fromstring" and node.args:
            call = _runtime("from_string", function, *node.args)
            call.keywords = node.keywords
            return _at(node, call)
        if not isinstance(function, ast.Attribute):
            return node
        if self.numpy and name == "tostring" and not node.args and not node.keywords:
            return _at(node, _runtime("to_bytes", function.value))
        if self.python2 and name == "sort" and (node.args or node.keywords):
            call = _runtime("sort", function.value, *node.args)
            call.keywords = node.keywords
            return _at(node, call)
        return node

    def visit_ClassDef(self, node):
        self.generic_visit(node)
        if not self.python2:
            return node
        bound = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
        bound |= {target.id for part in node.body if isinstance(part, ast.Assign)
                  for target in part.targets if isinstance(target, ast.Name)}  # fmt: skip
        if bound & _OLD_METHODS:
            node.decorator_list.append(_at(node, _attribute("old_class")))
        if "__eq__" in bound and "__hash__" not in bound:
            node.decorator_list.append(_at(node, _attribute("hashable_class")))
        return node

    def visit_Import(self, node):
        if not any(self._replacement(alias.name) for alias in node.names):
            return node
        parts = []
        for alias in node.names:
            replacement = self._replacement(alias.name)
            if replacement is None:
                parts.append(ast.Import([alias]))
            elif alias.asname or "." not in alias.name:
                parts.append(_assign(alias.asname or alias.name, _attribute(replacement)))
            else:  # import six.moves.cPickle: the name bound is six
                parts += [ast.Import([alias])]
        return [_at(node, part) for part in parts]

    def visit_ImportFrom(self, node):
        if node.level:
            return node
        parts, left = [], []
        for alias in node.names:
            whole = self._replacement(f"{node.module}.{alias.name}")
            module = self._replacement(node.module)
            if whole:
                value = _attribute(whole)
            elif module and alias.name != "*":
                value = ast.Attribute(_attribute(module), alias.name, ast.Load())
            else:
                left.append(alias)
                if module:  # from pickle import *: then the names that are replaced
                    parts += [
                        _assign(name, ast.Attribute(_attribute(module), name, ast.Load()))
                        for name in ("load", "loads", "Unpickler", "floor", "ceil")
                        if (module == "math") == (name in ("floor", "ceil"))
                    ]
                continue
            parts.append(_assign(alias.asname or alias.name, value))
        if left:
            parts.insert(0, ast.ImportFrom(node.module, left, 0))
        return [_at(node, part) for part in parts] if len(left) != len(node.names) or parts else node

    def visit_AnnAssign(self, node):
        node.value = self.visit(node.value) if node.value else None
        return node

    def visit_arg(self, node):
        return node

    def _replacement(self, module):
        if self.pickle and module in _PICKLES:
            return "pickle"
        if self.floor_division and module == "math":
            return "math"
        return None


def _loop_counters(tree):
    """Names that are bound by ``for name in range(…)`` and by nothing else."""
    counters, stores = {}, {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            stores[node.id] = stores.get(node.id, 0) + 1
        elif isinstance(node, ast.arg):
            stores[node.arg] = stores.get(node.arg, 0) + 1
        if (
            isinstance(node, ast.For | ast.comprehension)
            and isinstance(node.target, ast.Name)
            and isinstance(node.iter, ast.Call)
            and getattr(node.iter.func, "id", None) in ("range", "xrange")
        ):
            counters[node.target.id] = counters.get(node.target.id, 0) + 1
    return {name for name, count in counters.items() if stores[name] == count}


def _is_whole(node, integers):
    """Whether an index or size can be seen to hold no float."""
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, float)
    if isinstance(node, ast.UnaryOp):
        return _is_whole(node.operand, integers)
    if isinstance(node, ast.Slice):
        parts = (node.lower, node.upper, node.step)
        return all(part is None or _is_whole(part, integers) for part in parts)
    if isinstance(node, ast.Tuple):
        return all(_is_whole(part, integers) for part in node.elts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
        return _is_whole(node.left, integers) and _is_whole(node.right, integers)
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", None) in ("len", "int")
    if isinstance(node, ast.Name):
        return node.id in integers
    return isinstance(node, ast.Compare | ast.Lambda | ast.JoinedStr)


def _is_plain(node):
    """Whether evaluating `node` twice does no harm."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _is_float(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def _as_expression(index):
    """An index as an expression of its own: its colons become slices."""
    if isinstance(index, ast.Slice):
        parts = [part or ast.Constant(None) for part in (index.lower, index.upper, index.step)]
        return _runtime("slice", *parts)
    if isinstance(index, ast.Tuple):
        return ast.Tuple([_as_expression(part) for part in index.elts], ast.Load())
    return index


def _loaded(node):
    if isinstance(node, ast.Attribute):
        return ast.Attribute(_loaded(node.value), node.attr, ast.Load())
    return ast.Name(node.id, ast.Load())


def _load(name):
    return ast.Name(name, ast.Load())


def _assign(name, value):
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _attribute(name):
    return ast.Attribute(_load(RUNTIME), name, ast.Load())


def _runtime(name, *arguments):
    return ast.Call(_attribute(name), list(arguments), [])


def _at(place, node):
    return ast.fix_missing_locations(ast.copy_location(node, place))
