"""scikit-learn's modules of before 0.20, on today's: ``cross_validation``, ``grid_search``, …"""

import functools
import importlib
import types


def _cross_validation():
    now = importlib.import_module("sklearn.model_selection")
    module = types.ModuleType("sklearn.cross_validation")
    for name in ("train_test_split", "cross_val_score", "cross_val_predict",
                 "permutation_test_score"):  # fmt: skip
        setattr(module, name, getattr(now, name))
    module.KFold = functools.partial(_folds, now.KFold, None)
    module.StratifiedKFold = functools.partial(_folds, now.StratifiedKFold)
    module.LeaveOneOut = functools.partial(_leave_one_out, now.LeaveOneOut)
    module.ShuffleSplit = functools.partial(_splits, now.ShuffleSplit, None)
    module.StratifiedShuffleSplit = functools.partial(_splits, now.StratifiedShuffleSplit)
    return module


class Folds:
    """What the iterators of that time were: a list of (train, test) index arrays."""

    def __init__(self, splitter, n, y=None):
        self.splitter, self.n, self.y = splitter, n, y
        self.n_folds = splitter.get_n_splits(range(n), y)

    def __iter__(self):
        return self.splitter.split([0] * self.n, self.y)

    def __len__(self):
        return self.n_folds


def _folds(splitter, y_or_none, n_or_y=None, n_folds=3, shuffle=False, random_state=None, **size):
    # KFold(n, n_folds) is called with None before its n, StratifiedKFold(y, n_folds) without
    y = y_or_none
    if y is None:
        n = size.pop("n", n_or_y)
    else:
        if n_or_y is not None:
            n_folds = n_or_y
        n = len(y)
    if size:
        raise TypeError(f"unexpected argument {next(iter(size))!r}")
    seed = random_state if shuffle else None
    return Folds(splitter(n_folds, shuffle=shuffle, random_state=seed), n, y)


def _splits(splitter, y_or_none, n_or_iter=None, n_iter=10, test_size=0.1, train_size=None,
            random_state=None):  # fmt: skip
    y = y_or_none
    if y is None:
        n = n_or_iter
    else:
        n, n_iter = len(y), n_iter if n_or_iter is None else n_or_iter
    made = splitter(n_iter, test_size=test_size, train_size=train_size, random_state=random_state)
    return Folds(made, n, y)


def _leave_one_out(splitter, n):
    return Folds(splitter(), n)


def _grid_search():
    now = importlib.import_module("sklearn.model_selection")
    module = types.ModuleType("sklearn.grid_search")
    for name in ("GridSearchCV", "RandomizedSearchCV", "ParameterGrid", "ParameterSampler"):
        setattr(module, name, getattr(now, name))
    return module


def _learning_curve():
    now = importlib.import_module("sklearn.model_selection")
    module = types.ModuleType("sklearn.learning_curve")
    module.learning_curve, module.validation_curve = now.learning_curve, now.validation_curve
    return module


def _externals():
    module = types.ModuleType("sklearn.externals")
    module.__path__ = []
    return module


def _joblib():
    return importlib.import_module("joblib")


#: Module -> (what it is now, function that makes it).
MODULES = {
    "sklearn.cross_validation": ("sklearn.model_selection, in its old form", _cross_validation),
    "sklearn.externals": ("joblib and six", _externals),
    "sklearn.externals.joblib": ("joblib", _joblib),
    "sklearn.grid_search": ("sklearn.model_selection", _grid_search),
    "sklearn.learning_curve": ("sklearn.model_selection", _learning_curve),
}
