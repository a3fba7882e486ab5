"""How long wrong passwords make the next try wait."""

from dataclasses import dataclass
from datetime import timedelta

MEMORY = timedelta(days=1)
"""Failed tries older than this are forgotten."""
FIRST_WAIT = timedelta(minutes=1)
SLOW_AFTER_OF_ACCOUNT = 20
SLOW_AFTER_OF_ADDRESS = 50
LONGEST_PAUSE = timedelta(seconds=4)


@dataclass(frozen=True)
class Limits:
    """`attempts` wrong passwords for one account from one place, then waits that double up to `longest`."""

    attempts: int
    longest: timedelta

    def wait(self, failed: int) -> timedelta:
        """How long after the last of `failed` tries the next one is refused.

        >>> limits = Limits(attempts=5, longest=timedelta(minutes=15))
        >>> [limits.wait(failed) // timedelta(minutes=1) for failed in (4, 5, 6, 7, 8, 9, 1000)]
        [0, 1, 2, 4, 8, 15, 15]
        """
        if failed < self.attempts:
            return timedelta(0)
        return min(self.longest, FIRST_WAIT * (1 << min(failed - self.attempts, 20)))


def pause(of_account: int, of_address: int) -> timedelta:
    """How much slower a try is made when an account fails in many places, or a place with many accounts.

    A pause and never a refusal: otherwise a stranger could lock out the owner of an account, or a whole office.

    >>> [pause(failed, 0).total_seconds() for failed in (19, 20, 22, 200)], pause(0, 50).total_seconds()
    ([0.0, 0.5, 1.5, 4.0], 0.5)
    """
    excess = max(of_account - SLOW_AFTER_OF_ACCOUNT, of_address - SLOW_AFTER_OF_ADDRESS) + 1
    return min(LONGEST_PAUSE, timedelta(seconds=0.5) * max(excess, 0))
