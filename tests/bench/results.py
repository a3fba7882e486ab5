"""What was measured against its bar: collected, printed as a table, written as JSON."""

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """A value and its bar; `unit` is for people. Without a bar it is only reported, and holds."""

    value: float
    bar: float | None
    unit: str
    at_least: bool = False
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the value is on the right side of its bar; NaN never is."""
        if self.bar is None:
            return True
        return self.value >= self.bar if self.at_least else self.value <= self.bar


@dataclass
class Report:
    """All that was measured in a run, by name."""

    measured: dict[str, Measured] = field(default_factory=dict)

    def at_most(self, name: str, value: float, bar: float | None, unit: str, note: str = "") -> None:
        """A value that must not be above its bar."""
        self._add(name, Measured(value, bar, unit, note=note))

    def at_least(self, name: str, value: float, bar: float | None, unit: str, note: str = "") -> None:
        """A value that must not be under its bar."""
        self._add(name, Measured(value, bar, unit, at_least=True, note=note))

    def write(self, path: Path) -> None:
        """`{name: {"value": v, "bar": b, "holds": true}}`, bar null where there is none."""
        path.parent.mkdir(exist_ok=True)
        listed = {name: {"value": one.value, "bar": one.bar, "holds": one.holds} for name, one in self.measured.items()}
        path.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")

    @property
    def missed(self) -> list[str]:
        """Names of what doesn't hold."""
        return [name for name, one in self.measured.items() if not one.holds]

    def _add(self, name: str, one: Measured) -> None:
        self.measured[name] = one
        print(line_of(name, one), flush=True)


def line_of(name: str, one: Measured) -> str:
    """One line of the table."""
    bar = "" if one.bar is None else f"{'≥' if one.at_least else '≤'} {one.bar:g}"
    verdict = "" if one.bar is None else "holds" if one.holds else "MISSED"
    return f"{name:<62} {one.value:>11,.3f} {one.unit:<14} {bar:<10} {verdict:<7} {one.note}".rstrip()
