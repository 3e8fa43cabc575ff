"""The image functions that ``scipy.misc`` had, through Pillow."""

import numpy as np

_FILTERS = {"nearest": "NEAREST", "lanczos": "LANCZOS", "bilinear": "BILINEAR",
            "bicubic": "BICUBIC", "cubic": "BICUBIC"}  # fmt: skip


def lanczos():
    """What ``Image.ANTIALIAS`` was."""
    from PIL import Image

    return Image.Resampling.LANCZOS


def bytescale(data, cmin=None, cmax=None, high=255, low=0):
    """Scale an array to bytes: `cmin` to `low`, `cmax` to `high`; bytes stay as they are.

    Parameters
    ----------
    data : ndarray
    cmin, cmax : float, optional
        The smallest and largest value of `data` by default.
    high, low : int
        In [0, 255].

    Returns
    -------
    ndarray of uint8
    """
    data = np.asarray(data)
    if data.dtype == np.uint8:
        return data
    if not 0 <= low <= high <= 255:
        raise ValueError(f"expected 0 <= low <= high <= 255; got low={low}, high={high}")
    cmin = data.min() if cmin is None else cmin
    cmax = data.max() if cmax is None else cmax
    if cmax < cmin:
        raise ValueError(f"expected cmin <= cmax; got cmin={cmin}, cmax={cmax}")
    span = float(cmax) - float(cmin) or 1.0
    scaled = (data - float(cmin)) * ((high - low) / span) + low
    return (scaled.clip(low, high) + 0.5).astype(np.uint8)


def toimage(arr, high=255, low=0, cmin=None, cmax=None, pal=None, mode=None, channel_axis=None):
    """Turn an array of 2 or 3 axes into a Pillow image; see :func:`bytescale` for the scaling."""
    from PIL import Image

    data = np.asarray(arr)
    if np.iscomplexobj(data):
        raise ValueError("expected a real array; got a complex one")
    if data.ndim == 2:
        if mode == "F":
            return Image.fromarray(data.astype(np.float32))
        if mode == "I":
            return Image.fromarray(data.astype(np.int32))
        image = Image.fromarray(bytescale(data, cmin, cmax, high, low))
        if mode == "P" or pal is not None:
            image.putpalette(np.asarray(pal if pal is not None else np.repeat(
                np.arange(256, dtype=np.uint8), 3), np.uint8).tobytes())  # fmt: skip
            return image
        if mode == "1":
            return Image.fromarray(np.asarray(image) > 0)
        return image
    if data.ndim != 3 or not {3, 4} & set(data.shape):
        raise ValueError(f"expected 2 axes, or 3 with one of length 3 or 4; got {data.shape}")
    if channel_axis is None:
        channel_axis = next((axis for axis in (2, 1, 0) if data.shape[axis] == 3),
                            None)  # fmt: skip
        if channel_axis is None:
            channel_axis = next(axis for axis in (2, 1, 0) if data.shape[axis] == 4)
    data = np.moveaxis(bytescale(data, cmin, cmax, high, low), channel_axis, 2)
    image = Image.fromarray(np.ascontiguousarray(data))
    return image if mode in (None, image.mode) else image.convert(mode)


def fromimage(im, flatten=False, mode=None):
    """Turn a Pillow image into an array; `flatten` makes it grey, in float32."""
    if mode is not None:
        im = im.convert(mode) if im.mode != mode else im
    elif im.mode == "P":
        im = im.convert("RGBA" if "transparency" in im.info else "RGB")
    if flatten:
        im = im.convert("F")
    elif im.mode == "1":
        im = im.convert("L")
    return np.array(im)


def imread(name, flatten=False, mode=None):
    """Read an image file as an array."""
    from PIL import Image

    with Image.open(name) as image:
        return fromimage(image, flatten, mode)


def imsave(name, arr, format=None):
    """Write an array as an image file, scaled as :func:`bytescale` does."""
    toimage(arr, channel_axis=2 if np.ndim(arr) == 3 and np.shape(arr)[2] in (3, 4) else None).save(
        name, format
    )


def imresize(arr, size, interp="bilinear", mode=None):
    """Resize an image, an array scaled to bytes.

    Parameters
    ----------
    arr : ndarray
    size : int, float or (int, int)
        Percent, fraction, or rows and columns.
    interp : {'nearest', 'lanczos', 'bilinear', 'bicubic', 'cubic'}
    mode : str, optional
        Pillow's mode.

    Returns
    -------
    ndarray of uint8
    """
    from PIL import Image

    image = toimage(arr, mode=mode)
    kind = np.dtype(type(size)).kind if np.isscalar(size) else "s"
    if kind in "iu":
        shape = tuple(int(length * size / 100.0) for length in image.size)
    elif kind == "f":
        shape = tuple(int(length * size) for length in image.size)
    else:
        shape = int(size[1]), int(size[0])
    if interp not in _FILTERS:
        raise ValueError(f"expected interp to be one of {', '.join(_FILTERS)}; got {interp!r}")
    return fromimage(image.resize(shape, getattr(Image.Resampling, _FILTERS[interp])))
