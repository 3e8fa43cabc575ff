"""The threads that the Ops' C code shares: the same bits with any number of them, and no harm done."""

import json
import os
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.graph.basic import Apply
from pytensor.link.c.op import COp
from pytensor.tensor.elemwise import Elemwise

from symgen import backends
from symgen.ops import threads

SCRIPT = textwrap.dedent(
    """
    import hashlib, json, sys
    import numpy as np, pytensor, pytensor.tensor as pt
    from symgen import backends
    from symgen.ops import threads
    from symgen.ops.conv import conv2d

    x, y, image = pt.fmatrix("x"), pt.fmatrix("y"), pt.tensor4("image", dtype="float32")
    filters = pytensor.shared(np.random.default_rng(0).normal(size=(6, 3, 5, 5)).astype("float32"))
    maps = conv2d(image, filters)
    outputs = [pt.dot(x, y), pt.tanh(x) * x, maps, pytensor.grad(maps.sum(), filters)]
    f = pytensor.function([x, y, image], outputs, mode=backends.select("c"))
    rng = np.random.default_rng(1)
    shapes = (150, 300), (300, 200), (20, 3, 28, 28)
    given = [rng.normal(size=shape).astype("float32") for shape in shapes]
    bits = [hashlib.sha256(value.tobytes()).hexdigest() for value in f(*given)]
    print(json.dumps({"bits": bits, "pool": threads.pool is not None}))
    """
)


def run(code, threads):
    """What a process with so many threads prints last, as JSON."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_NUM")}
    environment |= {"OMP_NUM_THREADS": str(threads)}
    call = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300
    )
    assert call.returncode == 0, call.stderr
    return json.loads(call.stdout.splitlines()[-1])


def test_the_bits_do_not_depend_on_the_number_of_threads():
    one, two, five = (run(SCRIPT, threads) for threads in (1, 2, 5))
    assert one["bits"][1:] == two["bits"][1:] == five["bits"][1:]
    assert two["bits"] == five["bits"]  # one thread leaves some products to the BLAS
    assert two["pool"]


@pytest.fixture(scope="module")
def function():
    """Products and elementwise loops that are worth the threads' while."""
    x, y = pt.fmatrices("x", "y")
    return pytensor.function([x, y], [pt.dot(x, y), pt.tanh(x)], mode=backends.select("c"))


def arguments():
    rng = np.random.default_rng(5)
    return [rng.normal(size=shape).astype("float32") for shape in ((200, 400), (400, 300))]


def check(results, x, y):
    np.testing.assert_allclose(results[0], x.astype("float64") @ y, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(results[1], np.tanh(x), rtol=1e-5)


class Work(COp):
    """So many units of work: by which thread, and how often, each was done.

    Up to a hundred take half a millisecond each, more take no time. The interpreter's lock is free
    meanwhile, as it is where a BLAS computes.
    """

    __props__ = ()

    def make_node(self, units):
        return Apply(self, [pt.as_tensor_variable(units)], [pt.lmatrix()])

    def perform(self, node, inputs, outputs):
        raise NotImplementedError("in C only")

    def c_headers(self, **kwargs):
        return threads.HEADERS

    def c_support_code(self, **kwargs):
        return (
            threads.SUPPORT_CODE
            + """
            static bool work_is_long;
            static void work_unit(void* context, int unit, int thread) {
              npy_int64* done = (npy_int64*) context + 2 * unit;
              if (work_is_long) usleep(500);
              done[0] = thread;
              THREADS_ADD(done[1], 1);
            }
            """
        )

    def c_code(self, node, name, inames, onames, sub):
        return f"""
        const npy_int64 units = ((npy_int64*) PyArray_DATA({inames[0]}))[0];
        npy_intp shape[2] = {{(npy_intp) units, 2}};
        Py_XDECREF({onames[0]});
        {onames[0]} = (PyArrayObject*) PyArray_ZEROS(2, shape, NPY_INT64, 0);
        if ({onames[0]} == NULL) {{ {sub["fail"]} }}
        threads_count();
        work_is_long = units <= 100;
        Py_BEGIN_ALLOW_THREADS
        threads_parallel(work_unit, PyArray_DATA({onames[0]}), (int) units);
        Py_END_ALLOW_THREADS
        """

    def c_code_cache_version(self):
        return (2, threads.VERSION)


@pytest.fixture(scope="module")
def work(function):
    """A function of the number of units: who did each, once the BLAS's threads are the shared ones."""
    function(*arguments())
    units = pt.lscalar("units")
    f = pytensor.function([units], Work()(units), mode=backends.select("c"))

    def done_by(count):
        by, times = f(count).T
        assert (times == 1).all()
        return by

    return done_by


def test_each_of_many_units_is_done_once(work):
    """Short ones, of which threads take over what others have not begun."""
    for units in range(101, 20101, 10):
        work(units)


def test_two_threads_of_python_at_once(function, work):
    """The threads are one caller's at a time: another one's units it does itself, a BLAS's wait."""
    shapes = (700, 800), (800, 900)  # so large that the BLAS multiplies
    rng = np.random.default_rng(8)
    x, y = (rng.normal(size=shape).astype("float32") for shape in shapes)
    errors, alone = [], []

    def others():
        try:
            for units in range(20, 60):
                alone.append(not work(units).any())
        except AssertionError as error:
            errors.append(error)

    other = threading.Thread(target=others)
    other.start()
    for units in range(20, 40):
        alone.append(not work(units).any())
        check(function(x, y), x, y)
    other.join()
    assert not errors
    assert any(alone)  # they did meet


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_process_has_threads_of_its_own():
    code = textwrap.dedent(
        """
        import os, sys
        import numpy as np, pytensor, pytensor.tensor as pt
        from symgen import backends
        x, y = pt.fmatrices("x", "y")
        f = pytensor.function([x, y], [pt.dot(x, y), pt.tanh(x)], mode=backends.select("c"))
        a, b = np.ones((200, 400), "float32"), np.ones((400, 300), "float32")
        f(a, b)
        child = os.fork()
        if child == 0:
            right = (f(a, b)[0] == 400).all() and len(os.listdir("/proc/self/task")) > 1
            os._exit(0 if right else 3)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(status if (f(a, b)[0] == 400).all() else 4)
        """
    )
    assert run(code, 2) == 0


def test_fewer_threads_from_one_call_to_the_next(function, work):
    """As ``threadpoolctl`` asks for, which scikit-learn brings along."""
    threadpoolctl = pytest.importorskip("threadpoolctl")
    if not any(info["internal_api"] == "openblas" for info in threadpoolctl.threadpool_info()):
        pytest.skip("no OpenBLAS is linked, whose count of threads this is about")
    x, y = arguments()
    for limit in (3, 1, 2, None):
        with threadpoolctl.threadpool_limits(limit, user_api="blas"):
            check(function(x, y), x, y)
            if limit is not None:  # on a busy machine one may come too late for a call
                assert set().union(*(work(30) for _ in range(20))) == set(range(limit))


SHAPES = {
    "a vector": [(50_000,), (50_000,)],
    "a matrix": [(300, 200), (300, 200)],
    "a bias": [(300, 200), (1, 200)],
    "a column": [(300, 200), (300, 1)],
    "a bias of maps": [(30, 20, 9, 5), (1, 20, 1, 1)],
    "of few and long rows": [(2, 40_000), (2, 40_000)],
    "of many and short rows": [(40_000, 2), (1, 2)],
    "a number": [(300, 200), (1, 1)],
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("order", ["C", "F", "mixed", "gaps"])
@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
def test_elementwise_loops(shapes, order, dtype):
    """Merged axes and work handed out, in every layout, with two results of different dtypes."""
    x, y = (
        pt.tensor(name, dtype=dtype, shape=tuple(1 if n == 1 else None for n in shape))
        for name, shape in zip("xy", shapes, strict=True)
    )
    results = [pt.exp(x) * pt.tanh(y) - x, x > y]
    f = pytensor.function([x, y], results, mode=backends.select("c"))
    rng = np.random.default_rng(6)
    a, b = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    if order == "gaps":
        a, b = np.repeat(a, 2, axis=-1)[..., ::2], np.repeat(b, 2, axis=0)[::2]
    else:
        a = np.asarray(a, order="C" if order == "mixed" else order)
        b = np.asarray(b, order="F" if order == "mixed" else order)
    for _ in range(2):
        value, larger = f(a, b)
        tolerance = 1e-5 if dtype == "float32" else 1e-12
        np.testing.assert_allclose(value, np.exp(a) * np.tanh(b) - a, rtol=tolerance, atol=tolerance)
        np.testing.assert_array_equal(larger, a > b)


@pytest.mark.parametrize("order", ["C", "F", "gaps"])
def test_two_elementwise_updates_in_place(order):
    """RMSProp's, whose results take the places of operands, with a gradient in each layout."""
    rng = np.random.default_rng(7)
    start, mean, change = (rng.random((400, 300)).astype("float32") for _ in range(3))
    w, a, g = pytensor.shared(start), pytensor.shared(mean), pt.fmatrix("g")
    tenth = np.float32(0.1)
    new = (1 - tenth) * a + tenth * g**2
    updates = {w: w - tenth * pt.tanh(g) / pt.sqrt(new), a: new}
    step = pytensor.function([g], [], updates=updates, mode=backends.select("c"))
    (node,) = [n for n in step.maker.fgraph.toposort() if isinstance(n.op, Elemwise)]
    assert len(node.op.inplace_pattern) == 2
    given = np.repeat(change, 2, axis=1)[:, ::2] if order == "gaps" else np.asarray(change, order=order)
    for _ in range(2):
        step(given)
        mean = 0.9 * mean + 0.1 * change**2
        start = start - 0.1 * np.tanh(change) / np.sqrt(mean)
    np.testing.assert_allclose(a.get_value(), mean, rtol=1e-5)
    np.testing.assert_allclose(w.get_value(), start, rtol=1e-4, atol=1e-5)
