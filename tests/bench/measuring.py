"""Times that can be compared: what is compared runs in turn, in one process, and medians are taken."""

import gc
from collections.abc import Callable
from statistics import median
from time import perf_counter

Work = Callable[[], object]


def seconds(work: Work) -> float:
    """How long it took."""
    start = perf_counter()
    work()
    return perf_counter() - start


def interleaved(rounds: int, works: dict[str, Work], *, warm_up: int = 1) -> dict[str, float]:
    """Median seconds of each; one of each in every round, so that a busy moment of the machine hits all alike."""
    for work in works.values():
        for _ in range(warm_up):
            work()
    times: dict[str, list[float]] = {name: [] for name in works}
    gc.collect()
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(seconds(work))
    return {name: median(values) for name, values in times.items()}
