"""Bring the catalogues up to date with the sources, and name what still has no translation.

python -m locales                    add what is new, keep all translations
python -m locales more.po            take translations from a file as well
python -m locales --prune            drop what the sources no longer hold
"""

import argparse
import sys
from pathlib import Path

from locales.extraction import update_catalogues


def main() -> int:
    """1 when a message has no translation."""
    parser = argparse.ArgumentParser(prog="python -m locales", description=__doc__)
    parser.add_argument("translated", nargs="*", type=Path, help=".po files with translations to take over")
    parser.add_argument("--prune", action="store_true", help="drop messages that the sources no longer hold")
    chosen = parser.parse_args()
    missing = update_catalogues(chosen.translated, prune=chosen.prune)
    for language, messages in missing.items():
        for message in messages:
            print(f"{language}: no translation: {message!r}")
    return 1 if any(missing.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
