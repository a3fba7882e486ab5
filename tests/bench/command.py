"""`python -m tests.bench.command import …`: a command of cli.py with nothing else loaded, and its peak memory as the last line."""

from pathlib import Path

import cli


def peak_mb() -> float:
    """The most memory that this process has held; getrusage would count what its parent held when it was started."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    try:
        cli.app()
    finally:
        print(peak_mb())
