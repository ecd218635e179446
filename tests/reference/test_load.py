"""The loader of larger data: every format gives the same arrays, and damage is named."""

import gzip
import hashlib
import importlib.util
import io
import os
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("NABLAGRADE_DATA", ROOT / ".." / "shared" / "data"))
SPEC = importlib.util.spec_from_file_location("load", ROOT / "assignments" / "data" / "load.py")
load = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(load)

PARTS = {"train": 60, "t10k": 20}


@pytest.fixture
def small(monkeypatch):
    """A stand-in for both data sets, of few images; `load` takes it for what is published."""
    rng = np.random.default_rng(3)
    monkeypatch.setattr(load, "_MNIST_PARTS", PARTS)
    monkeypatch.setattr(load, "_RECORDS", 20)
    pixels, colours = rng.integers(0, 256, (80, 28, 28)), rng.integers(0, 256, (120, 3, 32, 32))
    x, colours = pixels.astype(np.uint8), colours.astype(np.uint8)
    y, kinds = np.arange(80, dtype=np.uint8) % 10, np.arange(120, dtype=np.uint8) % 10
    mnist, cifar = (x[:60], y[:60], x[60:], y[60:]), (colours[:100], kinds[:100], colours[100:])
    cifar = (*cifar, kinds[100:])
    sums = {part: checksum(*mnist[at : at + 2]) for at, part in ((0, "train"), (2, "t10k"))}
    starts = {part: (20, checksum(*(a[:20] for a in cifar[at : at + 2]))) for at, part in (
        (0, "train"), (2, "test"))}  # fmt: skip
    monkeypatch.setattr(load, "_MNIST_SUMS", {"MNIST": sums})
    monkeypatch.setattr(load, "_CIFAR_STARTS", starts)
    return mnist, cifar


def checksum(x, y):
    return hashlib.sha256(x.tobytes() + y.tobytes()).hexdigest()


def same(loaded, expected):
    for array, wanted, kind in zip(loaded, expected, (np.uint8, np.int64) * 2, strict=True):
        assert array.dtype == kind
        np.testing.assert_array_equal(array, wanted)


def write_idx(folder, arrays, ending=""):
    for at, part in enumerate(PARTS):
        for name, array in zip(("images-idx3", "labels-idx1"), arrays[2 * at :], strict=False):
            raw = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
            raw += array.tobytes()
            content = gzip.compress(raw) if ending else raw
            (folder / f"{part}-{name}-ubyte{ending}").write_bytes(content)


def batches(arrays):
    """Yield the names of CIFAR-10's files, with their images and labels."""
    x, y = np.concatenate(arrays[::2]), np.concatenate(arrays[1::2])
    for at, name in enumerate(load._BATCHES):
        yield name, x[20 * at : 20 * at + 20], y[20 * at : 20 * at + 20]


def write_binary(folder, arrays):
    folder.mkdir(exist_ok=True)
    for name, x, y in batches(arrays):
        records = np.hstack([y[:, None], x.reshape(len(x), -1)])
        (folder / f"{name}.bin").write_bytes(records.tobytes())


class Python2Pickler(pickle._Pickler):
    """Writes bytes as Python 2 wrote its strings, as the published files have them."""

    def save_string(self, text):
        self.write(pickle.BINSTRING + len(text).to_bytes(4, "little") + text)
        self.memoize(text)

    dispatch = {**pickle._Pickler.dispatch, bytes: save_string}  # noqa: RUF012


def python_2_pickle(value):
    file = io.BytesIO()
    Python2Pickler(file, protocol=2).dump(value)
    return file.getvalue().replace(b"cnumpy._core.", b"cnumpy.core.")


def write_python(folder, arrays, monkeypatch):
    folder.mkdir(exist_ok=True)
    sums = {}
    for name, x, y in batches(arrays):
        batch = {b"data": x.reshape(len(x), -1), b"labels": y.tolist(), b"batch_label": b"one"}
        raw = python_2_pickle(batch)
        (folder / name).write_bytes(raw)
        sums[name] = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    monkeypatch.setattr(load, "_BATCHES", sums)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_idx_files(small, tmp_path, ending):
    write_idx(tmp_path, small[0], ending)
    same(load.mnist(tmp_path), small[0])


@pytest.mark.parametrize("place", ["", "cifar-10-batches-bin"])
def test_binary_batches(small, tmp_path, place):
    write_binary(tmp_path / place, small[1])
    same(load.cifar10(str(tmp_path)), small[1])


@pytest.mark.parametrize("place", ["", "cifar-10-batches-py"])
def test_python_batches(small, tmp_path, place, monkeypatch):
    write_python(tmp_path / place, small[1], monkeypatch)
    same(load.cifar10(tmp_path), small[1])


def test_npz_files(small, tmp_path):
    names = ("x_train", "y_train", "x_test", "y_test")
    for name, arrays in zip(("mnist", "cifar10"), small, strict=True):
        (tmp_path / name).mkdir()
        np.savez(tmp_path / name / "any.npz", **dict(zip(names, arrays, strict=True)))
        same(getattr(load, name)(tmp_path / name), arrays)


def refused(load_it, folder, error, *words):
    with pytest.raises(error, match=".*".join(map(re.escape, words))):
        load_it(folder)


def test_what_is_not_there_is_named(small, tmp_path):
    refused(load.mnist, tmp_path / "none", FileNotFoundError, "none: there is no such folder")
    refused(load.cifar10, tmp_path, FileNotFoundError, "holds no data_batch_1")
    (tmp_path / "notes.txt").write_text("")
    refused(load.mnist, tmp_path, FileNotFoundError, "train-images", "the folder holds notes.txt")
    write_binary(tmp_path, small[1])
    (tmp_path / "data_batch_3.bin").unlink()
    refused(load.cifar10, tmp_path, FileNotFoundError, "data_batch_3.bin: is not there")


def test_a_file_of_another_size_is_named(small, tmp_path):
    write_idx(tmp_path, small[0])
    cut = tmp_path / "t10k-labels-idx1-ubyte"
    cut.write_bytes(cut.read_bytes()[:-3])
    refused(load.mnist, tmp_path, ValueError, cut.name, "holds 25 bytes, expected 28")
    write_binary(tmp_path / "cifar", small[1])
    with open(tmp_path / "cifar" / "data_batch_2.bin", "ab") as file:
        file.write(b"x")
    refused(load.cifar10, tmp_path / "cifar", ValueError, "data_batch_2.bin", "61,461 bytes")


def test_a_broken_gzip_file_is_named(small, tmp_path):
    write_idx(tmp_path, small[0], ".gz")
    broken = tmp_path / "train-images-idx3-ubyte.gz"
    broken.write_bytes(broken.read_bytes()[:-50])
    refused(load.mnist, tmp_path, ValueError, broken.name, "cannot be decompressed")


def test_one_changed_pixel_is_found(small, tmp_path, monkeypatch):
    for arrays in small:
        arrays[0][7].flat[5] ^= 1
    write_idx(tmp_path, small[0])
    refused(load.mnist, tmp_path, ValueError, "the train files are neither MNIST's")
    write_binary(tmp_path / "binary", small[1])
    refused(load.cifar10, tmp_path / "binary", ValueError, "the train files are not CIFAR-10's")
    write_python(tmp_path / "python", small[1], monkeypatch)
    sums = {**load._BATCHES, "data_batch_1": "0" * 32}
    monkeypatch.setattr(load, "_BATCHES", sums)
    refused(load.cifar10, tmp_path / "python", ValueError, "data_batch_1", "checksum")


def test_labels_out_of_range_are_found(small, tmp_path):
    small[1][1][3] = 10
    write_binary(tmp_path, small[1])
    refused(load.cifar10, tmp_path, ValueError, "data_batch_1.bin", "0 to 9")


def test_a_pickle_that_is_a_program_is_not_run(small, tmp_path, monkeypatch):
    write_python(tmp_path, small[1], monkeypatch)
    raw = b"cos\nsystem\n(S'exit 1'\ntR."
    (tmp_path / "data_batch_1").write_bytes(raw)
    digest = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    monkeypatch.setattr(load, "_BATCHES", {**load._BATCHES, "data_batch_1": digest})
    refused(load.cifar10, tmp_path, ValueError, "os.system")


def test_wrong_npz_files_are_named(tmp_path):
    x, y = np.zeros((4, 3, 32, 32), np.uint8), np.arange(4)
    np.savez(tmp_path / "a.npz", x_train=x, y_train=y, x_test=x)
    refused(load.cifar10, tmp_path, ValueError, "a.npz", "has no array y_test")
    np.savez(tmp_path / "a.npz", x_train=x, y_train=y, x_test=x / 255, y_test=y)
    refused(load.cifar10, tmp_path, ValueError, "a.npz", "x is float64")
    np.savez(tmp_path / "b.npz", x_train=x)
    refused(load.cifar10, tmp_path, ValueError, "a.npz, b.npz", "leave one")


def test_the_published_files_are_accepted():
    if not (DATA / "mnist").is_dir():
        pytest.skip(f"no MNIST in {DATA}; set NABLAGRADE_DATA to the folder that has mnist/")
    x_train, y_train, x_test, y_test = load.mnist(DATA / "mnist")
    assert (x_train.shape, x_test.shape) == ((60_000, 28, 28), (10_000, 28, 28))
    assert y_train[:5].tolist() == [5, 0, 4, 1, 9]
    assert y_test[:5].tolist() == [7, 2, 1, 0, 4]
