"""Classes of PyTensor whose constructors take what Theano's took.

Calling such a class makes an object of PyTensor's own, and ``isinstance`` knows every object of
PyTensor's class for one of this, so that graphs from both sides mix.
"""


def facade(name, real, build, also=()):
    """Return a class that stands for `real` and is constructed by `build`.

    Parameters
    ----------
    name : str
        Of the class.
    real : type
        PyTensor's class. Subclasses of the result are subclasses of it, constructed as it is.
    build : callable
        Makes the object from Theano's arguments; its docstring becomes that of the class.
    also : tuple of type
        Whose instances ``isinstance`` takes for this class's, too. ``issubclass`` does not:
        PyTensor's base classes are abstract ones, which ask their subclasses, so that it would
        give each base of `real` the instances of `also` as well.
    """
    kinds = (real, *also)

    class Facade(type(real)):
        def __call__(cls, *args, **kwargs):
            return build(*args, **kwargs) if cls is made else super().__call__(*args, **kwargs)

        def __instancecheck__(cls, instance):
            if cls is not made:
                return super().__instancecheck__(instance)
            return any(kind in type(instance).__mro__ for kind in kinds)

        def __subclasscheck__(cls, subclass):
            if cls is not made:
                return super().__subclasscheck__(subclass)
            return real in subclass.__mro__

    made = Facade(name, (real,), {"__module__": build.__module__, "__doc__": build.__doc__})
    return made
