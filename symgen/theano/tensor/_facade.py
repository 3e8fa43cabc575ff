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
        What else ``isinstance`` and ``issubclass`` take for this class.
    """
    kinds = (real, *also)

    class Facade(type(real)):
        def __call__(cls, *args, **kwargs):
            return build(*args, **kwargs) if cls is made else super().__call__(*args, **kwargs)

        def __instancecheck__(cls, instance):
            if cls is not made:
                return super().__instancecheck__(instance)
            return stands_for(type(instance))

        def __subclasscheck__(cls, subclass):
            return stands_for(subclass) if cls is made else super().__subclasscheck__(subclass)

    def stands_for(subclass):
        return any(kind in subclass.__mro__ for kind in kinds)

    made = Facade(name, (real,), {"__module__": build.__module__, "__doc__": build.__doc__})
    return made
