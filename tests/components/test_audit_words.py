"""Whatever a service writes into the audit trail has words in both languages."""

import ast
from collections.abc import Iterator

import pytest

from components import texts
from components.audit_words import ABOUT, PARTS, VERBS, details
from settings import ROOT

WRITERS = {"audit", "_audit", "note", "_note", "_noted", "put", "_put", "save", "_saved"}
"""What the services call to write an event; the verb is among the first three arguments, or named."""
PUT_TOGETHER = {"confirm_"}
"""The beginning of a verb that is put together: of who confirms."""
SAID_BESIDE = {"by", "at", "verb", "about", "about_id"}
"""What every event says; it has columns of its own."""
CALLS = [
    call
    for path in sorted((ROOT / "services").glob("*.py"))
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(call, ast.Call)
]


def words(part: ast.expr) -> Iterator[str]:
    for one in ast.walk(part):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value.isidentifier():
            yield one.value


def named(name: str) -> set[str]:
    return {word for call in CALLS for given in call.keywords if given.arg == name for word in words(given.value)}


def in_place() -> set[str]:
    writing = [call for call in CALLS if getattr(call.func, "id", getattr(call.func, "attr", "")) in WRITERS]
    return {word for call in writing for part in call.args[:3] for word in words(part)}


@pytest.mark.parametrize("verbs", [named("verb"), in_place()], ids=["named", "in place"])
def test_every_verb_of_the_services_has_words(verbs: set[str]) -> None:
    assert len(verbs) > 10
    assert verbs - set(VERBS) - PUT_TOGETHER == set()


def test_everything_that_events_are_about_has_a_name() -> None:
    abouts = named("about")
    assert len(abouts) > 10
    assert abouts - set(ABOUT) == set()


def test_details_are_read_as_words_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "rows": 4,
        "refused": 0,
        "seed": None,
        "is_kept": True,
        "fields": ["state", "verified_by_id", "odd_one"],
        "answers": {"Q1": ["neutral", None]},
        "status": ["counted", "invalid"],
    }
    monkeypatch.setattr(texts, "language", lambda: "en")
    assert details(told) == (
        "Rows: 4 · Refused: 0 · Corrective action kept: yes · Fields: State, Effect checked by, odd one"
        " · Answers: Q1 neutral → – · Status: Counted → Invalid"
    )
    monkeypatch.setattr(texts, "language", lambda: "zh_CN")
    assert details(told) == (
        "行数：4 · 未导入：0 · 纠正措施仍被执行：是 · 字段：办理状态、效果验证人、odd one · 答案：Q1 neutral → – · 状态：计入 → 无效"
    )


def test_everything_that_services_tell_of_events_has_words() -> None:
    calls = [call for call in CALLS if getattr(call.func, "id", "") == "audit"]
    told = {given.arg for call in calls for given in call.keywords if given.arg} - SAID_BESIDE
    assert len(told) > 30
    assert {name for name in told if name.removesuffix("_id") not in PARTS} == set()
