"""Findings and what they are about, in words: names, figures in one line, titles and problems of actions."""

from collections.abc import Sequence
from typing import Any, Final

from components.formats import NOTHING, change, count, percent, period, period_short, plain, shown
from components.status import badge
from components.texts import _, language, ngettext
from domain.comparing import cannot_tell_yet
from domain.errors import N_
from domain.finding_reasons import Family
from domain.return_findings import Gap
from domain.rule_names import RULE_NAMES
from domain.subjects import WORDED, FindingRow, Subject

RETURNED: Final[dict[str, str]] = {
    "RATE_BELOW": N_("Response rate"),
    "COVERAGE_BELOW": N_("Coverage"),
    "TOO_FEW_VALID": N_("Valid responses"),
    "SATISFACTION_RATE_BELOW": N_("Satisfaction rate"),
}
"""Rules about what came back → the figure that they look at."""
MOST_NAMES: Final = 2
"""So many items a title names."""


def action_name(number: int) -> str:
    """The name of an action, with a hyphen that lines don't break at.

    >>> action_name(112).encode("ascii", "namereplace").decode()
    'A\\\\N{NON-BREAKING HYPHEN}112'
    """
    return f"A\u2011{number}"


def name(subject: Subject) -> str:
    """What a subject is called: customer and item, or the satisfaction index."""
    if subject.words:
        return " · ".join(part for part in (customer_name(subject), item_name(subject)) if part)
    return subject.in_(language()) or item_name(subject)


def item_name(subject: Subject) -> str:
    """The same without the customer."""
    if subject.rule in WORDED:
        return f"{_(RULE_NAMES[subject.rule])}{_(': ')}{subject.words}"
    if subject.rule:
        return _(RETURNED[subject.rule])
    part = subject.item or subject.dimension
    if part is not None:
        return part.name.in_(language())
    return _("Overall score") if subject.customer_id else _("Satisfaction index")


def customer_name(subject: Subject) -> str:
    """The customer's name, empty for the whole wave."""
    return subject.customer.in_(language()) or subject.customer_code if subject.customer else ""


def score(subject: Subject) -> str:
    """The score, not rounded over its bound."""
    if subject.gap:
        return gap(subject.gap)
    known = subject.known
    return shown(known.score.score, *([] if known.bound is None else [known.bound]))


def with_score(subject: Subject) -> str:
    """Name and score without the customer: "On-time delivery 62.5"."""
    return item_name(subject) if subject.rule in WORDED else f"{item_name(subject)} {score(subject)}"


def bound(subject: Subject) -> str:
    """The bound that the score misses: "≤ 70", "< 80"; empty on target."""
    known = subject.known
    return "" if known.bound is None else f"{'≤' if known.bound_included else '<'} {known.bound:g}"


def gap(figure: Gap) -> str:
    """What came back and what should have: "52.1 % (125 of 240), target 99 %", "80 of at least 120"."""
    part, whole = count(figure.part), count(figure.whole)
    if figure.bound is None:
        return _("{part} of at least {whole}", part=part, whole=whole)
    rate, target = percent(figure.share, figure.bound), percent(figure.bound)
    return _("{rate} ({part} of {whole}), target {target}", rate=rate, part=part, whole=whole, target=target)


def missed(figure: Gap) -> str:
    """The same for a narrow column: "52.1 % < 99.0 %", "80 < 120"."""
    if figure.bound is None:
        return f"{count(figure.part)} < {count(figure.whole)}"
    return f"{percent(figure.share, figure.bound)} < {percent(figure.bound)}"


def compared(subject: Subject) -> str:
    """The change since the previous wave: "↓ 8.2 from 26Q2"; empty where there is none to compare with."""
    known = subject.known
    if known.difference is None:
        return ""
    difference, certain = known.difference.difference, known.difference.certain
    values = {"change": change(difference, certain, words=False), "period": period_short(known.previous_wave)}
    return _("{change} from {period}", **values) if certain else _("{change} from {period} (cannot tell)", **values)


def headline(subject: Subject) -> str:
    """A subject in one line of Markdown: badge, name with score, bound, n and change; words have no figures."""
    known = subject.known
    if subject.gap:
        return f"{badge(known.status)} **{plain(name(subject))}** {plain(gap(subject.gap))}".strip()
    if subject.rule in WORDED:
        return f"**{plain(name(subject))}**"
    facts = [bound(subject), f"n = {count(known.score.n)}", compared(subject)]
    grey = " · ".join(fact for fact in facts if fact)
    return f"{badge(known.status)} **{plain(name(subject))} {score(subject)}** :gray[{plain(grey)}]".strip()


def title(subjects: Sequence[Subject]) -> str:
    """The title that an action about subjects gets: "Kaituo: on-time delivery below target"."""
    if not subjects:
        return ""
    customers = list(dict.fromkeys(customer_name(one) for one in subjects))
    parts = list(dict.fromkeys(item_name(one) for one in subjects))
    more = len(parts) - MOST_NAMES
    what = _(", ").join(parts[:MOST_NAMES]) + (ngettext(" and {n} more", " and {n} more", more) if more > 0 else "")
    missed = any(one.known.bound is not None or one.rule for one in subjects)
    if all(one.words for one in subjects):
        return f"{customers[0]}{_(': ')}{what}" if len(customers) == 1 and customers[0] else what
    if len(customers) == 1 and customers[0]:
        values = {"customer": customers[0], "what": what}
        return _("{customer}: {what} below target", **values) if missed else _("{customer}: {what} declined", **values)
    return _("{what} below target", what=what) if missed else _("{what} declined", what=what)


def problem(subjects: Sequence[Subject]) -> str:
    """The figures that an action is about, a line for each subject."""
    return "\n".join(_problem(one) for one in subjects)


def _problem(subject: Subject) -> str:
    if subject.words:
        return f"{period(subject.wave)}: {item_name(subject)}"
    if subject.gap:
        return f"{period(subject.wave)}: {name(subject)} {score(subject)}"
    return f"{period(subject.wave)}: " + _("; ").join(_parts(subject))


def _parts(subject: Subject, family: Family | None = None) -> list[str]:
    """Name, score and bound; the previous score; n; how sure the change is; low answers."""
    known = subject.known
    parts = [f"{name(subject)} {score(subject)} {bound(subject)}".strip()]
    if known.previous and known.difference:
        parts.append(_("{score} in {period}", score=shown(known.previous.score), period=period(known.previous_wave)))
    parts.append(f"n = {count(known.score.n)}")
    if known.difference:
        parts.append(_together(subject, family))
    if known.low_answers:
        parts.append(ngettext("{n} low answer", "{n} low answers", known.low_answers))
    return parts


def why(row: FindingRow, family: Family) -> str:
    """Why a finding is one: "Delivery 68.4 ≤ 70; 76.1 in Q2 2026; n = 58; significant"."""
    subject = row.subject
    if subject.gap:
        return f"{name(subject)} {score(subject)}"
    if row.rule in WORDED:
        return _("; ").join(part for part in (customer_name(subject), item_name(subject)) if part)
    known = subject.known
    rate = known.score.satisfaction_rate
    if row.rule == "SATISFACTION_RATE_BELOW" and rate is not None:
        parts = [f"{_(RETURNED[row.rule])} {percent(rate)}", f"n = {count(known.score.n)}"]
    else:
        parts = _parts(subject, family)
    return _("; ").join([*parts, *_outstanding(subject, family)])


def _together(subject: Subject, family: Family | None) -> str:
    """How sure a change is: alone, and for a question of the whole survey among all that were tested together."""
    difference = subject.known.difference
    if difference is None or not difference.certain:
        return _("cannot tell")
    item = None if subject.customer_id else subject.item_id
    stays = family.stays_significant(item) if family and item else None
    if family is None or stays is None:
        return _("significant")
    if stays:
        return _("significant, also among {n} questions tested together", n=family.size)
    return _("significant alone, but not among {n} questions tested together", n=family.size)


def _outstanding(subject: Subject, family: Family) -> list[str]:
    """That answers still to come may lift the score over its bound."""
    known, planned = subject.known, None if subject.customer_id else family.planned
    if known.bound is None or not cannot_tell_yet(known.score, known.bound, is_open=family.is_open, planned=planned):
        return []
    n = count(known.score.n)
    if planned:
        return [_("cannot tell yet, n = {n} of {planned}", n=n, planned=count(planned))]
    return [_("cannot tell yet, n = {n}", n=n)]


def rules(rows: Sequence[FindingRow]) -> str:
    """What rules say of one subject: "Item at or under red, lower than before"."""
    return _(", ").join(_(RULE_NAMES[row.rule]) for row in rows)


def value(field: str, found: Any, *, people: dict[int, str], names: dict[str, str]) -> str:
    """A value of a field as a history shows it; `names` translates codes such as states."""
    if found in (None, ""):
        return NOTHING
    if field.endswith("_id"):
        return people.get(found, str(found))
    return names.get(str(found), str(found)) if isinstance(found, str) else str(found)
