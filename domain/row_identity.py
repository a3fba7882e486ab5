"""Who a row of a survey file is, when files are imported again or grow (architecture.md 9, row identity)."""

import numpy as np

from domain.repeated import digest_of
from domain.scheme import IntArray


class RowIdentity:
    """Who a row is (architecture.md 9): its external id, else a hash of its cells and how often they came before.

    Remembers 8 bytes a row, sorted, so that a million rows cost 8 MB.
    """

    def __init__(self) -> None:
        self._once: IntArray = np.empty(0, dtype=np.int64)
        self._again: dict[int, int] = {}

    def keys(self, rows: list[list[str]], external_ids: list[str]) -> list[str]:
        """The identity of each row, after those of all chunks before."""
        hashes = [b"" if known else digest_of(row) for row, known in zip(rows, external_ids, strict=True)]
        short = [int.from_bytes(h[:8], "little", signed=True) for h in hashes if h]
        times = iter(self._times(short))
        return [
            f"id:{known}" if known else f"row:{h.hex()}:{next(times)}"
            for known, h in zip(external_ids, hashes, strict=True)
        ]

    def _times(self, short: list[int]) -> list[int]:
        """How often each hash came before."""
        if not short:
            return []
        values, counts = np.unique(np.array(short, dtype=np.int64), return_counts=True)
        place = np.searchsorted(self._once, values)
        there = (
            self._once[place.clip(max=max(0, len(self._once) - 1))] == values if len(self._once) else values != values
        )
        again = set(values[there | (counts > 1)].tolist())
        known = set(values[there].tolist())
        self._once = np.insert(self._once, place[~there], values[~there])
        times = []
        for value in short:
            if value not in again:
                times.append(0)
                continue
            before = self._again.get(value, 1 if value in known else 0)
            times.append(before)
            self._again[value] = before + 1
        return times
