"""Which rows of a file come again? Remembers a million of them in 12 MB, with their ids in 16 MB more."""

import hashlib
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.int64]
Values = npt.NDArray[np.int32] | npt.NDArray[np.int64]
LINE = 2**32 - 1
"""What of a number is the line, beside 32 bits of the content's hash."""
JOINED = 2**17
"""Blocks of so many hashes stay as they are: joining the largest would take, for a moment, twice what they hold."""


def digest_of(row: Sequence[str]) -> bytes:
    """16 bytes that stand for the cells of a row, the same in every process and on every machine.

    >>> digest_of(["5", "4"]) == digest_of(["5", "4"]), digest_of(["5", "4"]) == digest_of(["54", ""])
    (True, False)
    """
    return hashlib.blake2b("\x1f".join(row).encode("utf-8", "surrogatepass"), digest_size=16).digest()


class FirstSeen:
    """64-bit hashes and the whole number that each came with first, 12 or 16 bytes for each in a few sorted blocks.

    That two of a million different things share a hash has a probability of 3 in 100 million.
    """

    def __init__(self) -> None:
        self._blocks: list[tuple[Hashes, Values]] = []

    def add(self, keys: Hashes, named: npt.NDArray[np.bool_], values: Values) -> tuple[Values, npt.NDArray[np.bool_]]:
        """For each key the value that it came with first, and whether that was before; what isn't `named` never was.

        In the order given: a key that comes twice in `keys` came before at its second place.
        """
        held, known = self._held(keys, values)
        _, firsts, group = np.unique(keys, return_index=True, return_inverse=True)
        held = np.where(known, held, values[firsts][group])
        again = named & (known | (np.arange(len(keys)) != firsts[group]))
        fresh = firsts[named[firsts] & ~known[firsts]]
        self._remember(keys[fresh], values[fresh])
        return held, again

    def _held(self, keys: Hashes, values: Values) -> tuple[Values, npt.NDArray[np.bool_]]:
        """The number remembered for each key, of the kind of `values`, and whether there is any."""
        held = np.zeros(len(keys), dtype=values.dtype)
        known = np.zeros(len(keys), dtype=np.bool_)
        for block_keys, block_values in self._blocks:
            places = np.searchsorted(block_keys, keys).clip(max=len(block_keys) - 1)
            found = block_keys[places] == keys
            held[found] = block_values[places[found]]
            known |= found
        return held, known

    def _remember(self, keys: Hashes, values: Values) -> None:
        """Adds a block; blocks of like size are joined, so that there are never many."""
        if not len(keys):
            return
        while self._blocks and len(self._blocks[-1][0]) < min(2 * len(keys), JOINED):
            other_keys, other_values = self._blocks.pop()
            keys, values = np.concatenate([keys, other_keys]), np.concatenate([values, other_values])
        order = np.argsort(keys, kind="stable")
        self._blocks.append((keys[order], values[order]))


class CameBefore(NamedTuple):
    """A row whose external id another row had: its place, the line where the id came first, and whether both say the same."""

    row: int
    first_line: int
    is_same: bool


class SeenIds:
    """External ids of a file: on which line each came first, and with what content; 16 bytes for each."""

    def __init__(self) -> None:
        self._seen = FirstSeen()

    def add(self, ids: Sequence[str], contents: Sequence[int], lines: Sequence[int]) -> list[CameBefore]:
        """Those of `ids` that came before; "" is no id. `contents` are hashes of the rows, told apart by 32 bits.

        >>> SeenIds().add(["7", "8", "7"], [1, 2, 3], [2, 3, 4])
        [CameBefore(row=2, first_line=2, is_same=False)]
        """
        values = np.asarray(contents, dtype=np.int64) << 32 | np.asarray(lines, dtype=np.int64)
        held, again = self._seen.add(*hashes_of(ids), values)
        rows = np.flatnonzero(again)
        firsts, same = held[rows] & LINE, held[rows] >> 32 == values[rows] >> 32
        return list(map(CameBefore, rows.tolist(), firsts.tolist(), same.tolist()))


def hashes_of(things: Sequence[Hashable]) -> tuple[Hashes, npt.NDArray[np.bool_]]:
    """The hash of each, good for this process only, and whether it is anything: "", () and 0 are nothing."""
    return np.fromiter(map(hash, things), np.int64, len(things)), np.fromiter(map(bool, things), np.bool_, len(things))
