import numpy as np
import pytest

from symgen.errors import RangeError
from symgen.training.minibatches import Minibatches


def test_each_epoch_has_every_row_once_in_another_order():
    batches = Minibatches(23, 5, seed=1)
    first, second = batches.order(0), batches.order(1)
    assert sorted(first) == list(range(23)) == sorted(second)
    assert list(first) != list(second)


def test_order_depends_on_seed_and_epoch_alone():
    np.testing.assert_array_equal(Minibatches(9, 2, 3).order(4), Minibatches(9, 5, 3).order(4))
    assert list(Minibatches(50, 2, 3).order(0)) != list(Minibatches(50, 2, 4).order(0))


def test_partial_last_minibatch_is_kept():
    batches = Minibatches(23, 5, seed=0)
    order = batches.order(0)
    assert len(batches) == 5
    np.testing.assert_array_equal(batches.rows(order, 4, 3), [order[20:]])


def test_rows_are_those_of_whole_minibatches_in_order():
    batches = Minibatches(23, 5, seed=0)
    order = batches.order(0)
    for first, most, shape in ((0, 1, (1, 5)), (0, 4, (4, 5)), (1, 9, (3, 5)), (3, 2, (1, 5))):
        rows = batches.rows(order, first, most)
        assert rows.shape == shape
        np.testing.assert_array_equal(rows.ravel(), order[5 * first : 5 * (first + shape[0])])
    assert Minibatches(10, 5, 0).rows(np.arange(10), 1, 9).tolist() == [[5, 6, 7, 8, 9]]


@pytest.mark.parametrize("batch_size", [0, -1, 11, 2.5])
def test_impossible_batch_size_is_a_named_error(batch_size):
    with pytest.raises(RangeError, match="batch size from 1 to the number of examples, 10"):
        Minibatches(10, batch_size, 0)
