"""Load CIFAR-10, MNIST or Fashion-MNIST from a folder of yours, in the formats they come in.

    from data.load import cifar10, mnist
    x_train, y_train, x_test, y_test = cifar10("cifar-10-batches-py")

Nothing is downloaded. What is loaded is verified: sizes, labels, and checksums of what its
publishers publish; a ValueError or FileNotFoundError says what is wrong with which file.
"""

import gzip
import hashlib
import io
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]

_CIFAR_FOLDERS = ("cifar-10-batches-py", "cifar-10-batches-bin")
_RECORDS = 10_000  # in each of the six files of CIFAR-10
_RECORD_BYTES = 1 + 3 * 32 * 32  # the label, then a red, a green and a blue plane
_BATCHES = {  # of the python version: file name -> MD5, as the publisher gives it
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
_CIFAR_STARTS = {  # SHA-256 of the pixels of the first images, then their labels as bytes
    "train": (5000, "8ec4f3481d2bd0bdeb9b56d43c9cc84842bc7b070513183311081ec8204e571d"),
    "test": (500, "082ff66c83b994bd05ae3dc38c1481ae8d1b8f0355b29bdf7bb4bf0829285f48"),
}
_MNIST_PARTS = {"train": 60_000, "t10k": 10_000}
_MNIST_SUMS = {  # SHA-256 of all pixels of a part, then its labels as bytes
    "MNIST": {
        "train": "edc0d1098aa497be14ace79ddd5171e5a3dcf9c4d196c015389203eb3ba1f59b",
        "t10k": "c3f9adf9c66efb572b1f9326c3a511b45910c7173b97be66ceceeeeaef6b802b",
    },
    "Fashion-MNIST": {
        "train": "16d82e2b505296aa2b78bd5ea0992634f30419a4c97def7c907d154a35ac6157",
        "t10k": "9f1ec356a747bfe4ebab3cfb722d3694c9ca737e2570f6f90cf31d7b6fd689d4",
    },
}
_MAKERS_OF_ARRAYS = {  # in a pickle
    "_reconstruct": np.empty(0).__reduce__()[0],
    "ndarray": np.ndarray,
    "dtype": np.dtype,
}
_AGAIN = "download it again"


def cifar10(folder: str | Path) -> Arrays:
    """Return x_train, y_train, x_test, y_test of CIFAR-10.

    Args:
        folder: holds the six files of the python or of the binary version, or a folder
            `cifar-10-batches-py` or `cifar-10-batches-bin` with them, or one .npz file with
            arrays of the names that are returned, of as many images as it has.

    Returns:
        x: (N, 3, 32, 32) uint8, N = 50,000 and 10,000; red, green, blue.
        y: (N,) int64, 0 to 9.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: a file is damaged, or is something else.

    Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
    """
    folder = _existing(folder)
    if arrays := _npz(folder, (3, 32, 32)):
        return arrays
    for place in (folder, *(folder / name for name in _CIFAR_FOLDERS)):
        if (place / "data_batch_1").is_file():
            return _cifar_files(place, "", _python_batch)
        if (place / "data_batch_1.bin").is_file():
            return _cifar_files(place, ".bin", _binary_batch)
    raise FileNotFoundError(f"{folder}: holds no data_batch_1, data_batch_1.bin or .npz file")


def mnist(folder: str | Path) -> Arrays:
    """Return x_train, y_train, x_test, y_test of MNIST or of Fashion-MNIST.

    Args:
        folder: holds the four files `train-images-idx3-ubyte` and so on, compressed (`.gz`) or
            not, or one .npz file with arrays of the names that are returned.

    Returns:
        x: (N, 28, 28) uint8, N = 60,000 and 10,000; 0 is the background.
        y: (N,) int64, 0 to 9.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: a file is damaged, or is something else.

    Source: Y. LeCun, C. Cortes and C. Burges, The MNIST database; H. Xiao, K. Rasul and R.
    Vollgraf, Fashion-MNIST, 2017.
    """
    folder = _existing(folder)
    if arrays := _npz(folder, (28, 28)):
        return arrays
    loaded = []
    for part, count in _MNIST_PARTS.items():
        x = _idx(folder, f"{part}-images-idx3-ubyte", (count, 28, 28))
        y = _idx(folder, f"{part}-labels-idx1-ubyte", (count,))
        found = _checksum(x, y)
        if found not in [sums[part] for sums in _MNIST_SUMS.values()]:
            names = " nor ".join(_MNIST_SUMS)
            raise ValueError(f"{folder}: the {part} files are neither {names}'s; {_AGAIN}")
        loaded += [x, y.astype(np.int64)]
    return tuple(loaded)


def _existing(folder: str | Path) -> Path:
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: there is no such folder (from {Path.cwd()})")
    return folder


def _npz(folder: Path, image: tuple[int, ...]) -> Arrays | None:
    """Return the arrays of the only .npz file, or None if there is none."""
    files = sorted(folder.glob("*.npz"))
    if not files:
        return None
    if len(files) > 1:
        names = ", ".join(file.name for file in files)
        raise ValueError(f"{folder}: holds {names}; leave one of them there")
    loaded = []
    with np.load(files[0], allow_pickle=False) as arrays:
        for part in ("train", "test"):
            x, y = (_array(arrays, f"{letter}_{part}", files[0]) for letter in "xy")
            if x.dtype != np.uint8 or x.shape[1:] != image or y.shape != x.shape[:1]:
                found = f"x is {x.dtype} {x.shape} and y {y.shape}"
                raise ValueError(f"{files[0]}: {found}, expected uint8 (N, {image}) and (N,)")
            _require_labels(y, files[0])
            loaded += [x, y.astype(np.int64)]
    return tuple(loaded)


def _array(arrays: np.lib.npyio.NpzFile, name: str, file: Path) -> np.ndarray:
    if name not in arrays:
        raise ValueError(f"{file}: has no array {name}, only {', '.join(arrays.files)}")
    return arrays[name]


def _cifar_files(
    folder: Path, ending: str, read: Callable[[Path], tuple[np.ndarray, np.ndarray]]
) -> Arrays:
    batches = [read(folder / f"{name}{ending}") for name in _BATCHES]
    x_train, y_train = (np.concatenate(arrays) for arrays in zip(*batches[:-1], strict=True))
    x_test, y_test = batches[-1]
    for part, x, y in (("train", x_train, y_train), ("test", x_test, y_test)):
        first, expected = _CIFAR_STARTS[part]
        alike = _checksum(x[:first], y[:first]) == expected
        if not alike or len(set(np.bincount(y, minlength=10))) != 1:
            raise ValueError(f"{folder}: the {part} files are not CIFAR-10's; {_AGAIN}")
    return x_train, y_train.astype(np.int64), x_test, y_test.astype(np.int64)


def _python_batch(file: Path) -> tuple[np.ndarray, np.ndarray]:
    raw = _content(file)
    if hashlib.md5(raw, usedforsecurity=False).hexdigest() != _BATCHES[file.name]:
        raise ValueError(f"{file}: has not the published checksum; {_AGAIN}")
    batch = _ArraysOnly(io.BytesIO(raw), encoding="bytes").load()
    x = np.asarray(batch[b"data"], dtype=np.uint8).reshape(_RECORDS, 3, 32, 32)
    return x, np.array(batch[b"labels"], dtype=np.uint8)


class _ArraysOnly(pickle.Unpickler):
    """A pickle can hold any program; this one can make arrays and nothing else."""

    def find_class(self, module: str, name: str) -> object:
        if module.partition(".")[0] == "numpy" and name in _MAKERS_OF_ARRAYS:
            return _MAKERS_OF_ARRAYS[name]
        raise ValueError(f"holds {module}.{name}, which is no array")


def _binary_batch(file: Path) -> tuple[np.ndarray, np.ndarray]:
    raw = np.frombuffer(_content(file), np.uint8)
    _require_size(file, len(raw), _RECORDS * _RECORD_BYTES)
    records = raw.reshape(_RECORDS, _RECORD_BYTES)
    _require_labels(records[:, 0], file)
    return records[:, 1:].reshape(_RECORDS, 3, 32, 32), records[:, 0]


def _idx(folder: Path, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return what an idx file holds: 0 0 8 (bytes), the number of axes, their lengths, the data."""
    file = folder / name
    if not file.is_file():
        file = folder / f"{name}.gz"
    raw = _content(file)
    if file.suffix == ".gz":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError) as error:
            raise ValueError(f"{file}: cannot be decompressed ({error}); {_AGAIN}") from error
    header = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">i4").tobytes()
    _require_size(file, len(raw), len(header) + int(np.prod(shape)))
    if not raw.startswith(header):
        raise ValueError(f"{file}: is no idx file of shape {shape}")
    return np.frombuffer(raw, np.uint8, offset=len(header)).reshape(shape)


def _content(file: Path) -> bytes:
    if not file.is_file():
        there = ", ".join(sorted(other.name for other in file.parent.iterdir())[:8]) or "nothing"
        raise FileNotFoundError(f"{file}: is not there; the folder holds {there}")
    return file.read_bytes()


def _require_size(file: Path, found: int, expected: int) -> None:
    if found != expected:
        raise ValueError(f"{file}: holds {found:,} bytes, expected {expected:,}; {_AGAIN}")


def _require_labels(y: np.ndarray, file: Path) -> None:
    if not np.issubdtype(y.dtype, np.integer) or not len(y) or y.min() < 0 or y.max() > 9:
        raise ValueError(f"{file}: the labels are not whole numbers from 0 to 9")


def _checksum(x: np.ndarray, y: np.ndarray) -> str:
    return hashlib.sha256(x.tobytes() + y.tobytes()).hexdigest()
