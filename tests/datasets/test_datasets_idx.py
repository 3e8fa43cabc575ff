"""The idx reader against files written out by hand, whole and damaged."""

import gzip

import numpy as np
import pytest

from symgen.datasets.idx import check_pair, read_idx, unpack
from symgen.errors import FileFormatError, MissingFileError

# two images of 2 x 3, and three labels
IMAGES = bytes.fromhex("00000803 00000002 00000002 00000003") + bytes(range(12))
LABELS = bytes.fromhex("00000801 00000003") + bytes([7, 0, 9])


def test_idx_reads_images_and_labels_plain_and_packed(tmp_path):
    for pack in (bytes, gzip.compress):
        (tmp_path / "images").write_bytes(pack(IMAGES))
        (tmp_path / "labels").write_bytes(pack(LABELS))
        images = read_idx(tmp_path / "images", 3)
        labels = read_idx(str(tmp_path / "labels"), 1)
        assert images.dtype == labels.dtype == np.uint8
        np.testing.assert_array_equal(images, [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]])
        np.testing.assert_array_equal(labels, [7, 0, 9])


PACKED = gzip.compress(IMAGES, mtime=0)
HUGE = bytes.fromhex("00000803 ffffffff ffffffff ffffffff") + bytes(12)


@pytest.mark.parametrize(
    ("content", "ndim", "message"),
    [
        (b"", 3, "0x00000803.*empty file"),
        (IMAGES[:3], 3, "magic number"),
        (IMAGES[:10], 3, "a header of 16 bytes.*10 bytes"),
        (IMAGES[:-1], 3, r"28 bytes .*\(2, 2, 3\).*27 bytes, a file cut off"),
        (IMAGES + b"\0", 3, "28 bytes.*29 bytes, a file with bytes after its end"),
        (LABELS, 3, "0x00000803 of idx3-ubyte.*0x00000801"),
        (IMAGES, 1, "0x00000801 of idx1-ubyte.*0x00000803"),
        (b"\x00\x00\x0d" + IMAGES[3:], 3, "0x00000d03"),
        (HUGE, 3, "4294967295.*cut off"),
        (b"<html>not found</html>", 3, "0x3c68746d"),
        (PACKED[:-1], 3, "complete gzip stream.*cut off"),
        (PACKED[:20], 3, "complete gzip stream"),
        (PACKED[:2], 3, "complete gzip stream"),
        (PACKED + b"more", 3, "intact gzip data"),
        (PACKED[:15] + bytes([PACKED[15] ^ 0xFF]) + PACKED[16:], 3, "intact gzip data|complete"),
        (PACKED[:-6] + b"\0\0" + PACKED[-4:], 3, "intact gzip data"),
        (gzip.compress(IMAGES[:-1]), 3, "27 bytes, a file cut off"),
    ],
)
def test_idx_names_the_file_and_what_is_wrong(tmp_path, content, ndim, message):
    path = tmp_path / "train-images"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=message) as caught:
        read_idx(path, ndim)
    assert str(path) in str(caught.value) and "fetch it again" in str(caught.value)


def test_idx_missing_file(tmp_path):
    with pytest.raises(MissingFileError, match="No such file.*Check the path"):
        read_idx(tmp_path / "none", 1)


def test_idx_counts_must_agree():
    check_pair(np.zeros((3, 2, 2)), np.zeros(3), "images", "labels")
    with pytest.raises(FileFormatError, match="labels in b as images in a, 2; got 3 labels"):
        check_pair(np.zeros((2, 2, 2)), np.zeros(3), "a", "b")


def test_unpack_joins_streams_and_keeps_to_the_limit():
    assert unpack(gzip.compress(b"ab") + gzip.compress(b"cd"), "x") == b"abcd"
    content = bytes(5_000_000)
    assert unpack(gzip.compress(content), "x", limit=len(content)) == content
    with pytest.raises(FileFormatError, match="at most 4999999 bytes"):
        unpack(gzip.compress(content), "x", limit=len(content) - 1)
