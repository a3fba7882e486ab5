"""Which rows of a file come again? Remembers a million of them in 16 MB."""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.int64]


def digest_of(row: Sequence[str]) -> bytes:
    """16 bytes that stand for the cells of a row, the same in every process and on every machine.

    >>> digest_of(["5", "4"]) == digest_of(["5", "4"]), digest_of(["5", "4"]) == digest_of(["54", ""])
    (True, False)
    """
    return hashlib.blake2b("\x1f".join(row).encode("utf-8", "surrogatepass"), digest_size=16).digest()


class SeenIds:
    """External ids of a file and what their rows held, as pairs of 64-bit hashes in a few sorted blocks.

    That two of a million different ids share a hash has a probability of 3 in 100 million.
    """

    def __init__(self) -> None:
        self._blocks: list[tuple[Hashes, Hashes]] = []

    def add(self, ids: Sequence[str], contents: Sequence[int]) -> tuple[list[int], list[int]]:
        """Places in `ids` of those that came before: with the same content, and with another; "" is no id.

        `contents` are hashes of the rows. An id keeps the content that it had first.
        """
        keys = np.fromiter(map(hash, ids), np.int64, len(ids))
        values = np.asarray(contents, dtype=np.int64)
        named = np.fromiter(map(bool, ids), np.bool_, len(ids))
        held, known = self._held(keys)
        _, firsts, group = np.unique(keys, return_index=True, return_inverse=True)
        held = np.where(known, held, values[firsts][group])
        again = named & (known | (np.arange(len(ids)) != firsts[group]))
        fresh = firsts[named[firsts] & ~known[firsts]]
        self._remember(keys[fresh], values[fresh])
        return np.flatnonzero(again & (held == values)).tolist(), np.flatnonzero(again & (held != values)).tolist()

    def _held(self, keys: Hashes) -> tuple[Hashes, npt.NDArray[np.bool_]]:
        """The content remembered for each key, and whether there is any."""
        held = np.zeros(len(keys), dtype=np.int64)
        known = np.zeros(len(keys), dtype=np.bool_)
        for block_keys, block_values in self._blocks:
            places = np.searchsorted(block_keys, keys).clip(max=len(block_keys) - 1)
            found = block_keys[places] == keys
            held[found] = block_values[places[found]]
            known |= found
        return held, known

    def _remember(self, keys: Hashes, values: Hashes) -> None:
        """Adds a block; blocks of like size are joined, so that there are never many."""
        if not len(keys):
            return
        while self._blocks and len(self._blocks[-1][0]) < 2 * len(keys):
            other_keys, other_values = self._blocks.pop()
            keys, values = np.concatenate([keys, other_keys]), np.concatenate([values, other_values])
        order = np.argsort(keys, kind="stable")
        self._blocks.append((keys[order], values[order]))
