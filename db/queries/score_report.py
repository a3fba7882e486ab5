"""All scores of a wave as one document, unrounded: what `cli.py scores --json` prints."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from db.models import Customer, CustomerScore, SchemeRow, Wave
from db.queries.narrowing import SHOWN_STATES, WaveInfo, may_see_scheme, of_customers, wave_info
from db.queries.scores import WaveResult, results
from db.queries.weighted import WeightedMeans, weighted_means
from domain.access import Scope, Viewer
from domain.errors import N_, Refusal
from domain.scheme import Name, Scheme
from domain.scores import Score, customer_mean

STABLE = "zh_CN"
"""Names in documents don't follow the environment's language: Chinese, English where there is no Chinese one."""


class WaveNotFound(Refusal):
    """No wave of this code that the reader may see."""

    def __init__(self, wave: str, known: Sequence[str]) -> None:
        template = N_("There is no wave {wave}. There are: {known}.")
        super().__init__(template, wave=wave, known=", ".join(known) or "–")


class SeveralSchemes(Refusal):
    """The wave's code alone doesn't say which scheme is meant."""

    def __init__(self, wave: str, schemes: Sequence[str]) -> None:
        template = N_("Several schemes have a wave {wave}; add --scheme with one of: {schemes}.")
        super().__init__(template, wave=wave, schemes=", ".join(schemes))


def wave_by_code(session: Session, viewer: Viewer, code: str, scheme: str = "") -> WaveInfo:
    """The wave of this code; without a scheme, the only one that has it. Raises WaveNotFound, SeveralSchemes."""
    statement = (
        select(SchemeRow.code, SchemeRow.id, Wave.code)
        .join(Wave, col(Wave.scheme_id) == SchemeRow.id)
        .where(may_see_scheme(viewer), col(Wave.state).in_(SHOWN_STATES), col(Wave.is_pilot).is_(False))
        .order_by(col(SchemeRow.code), col(Wave.position))
    )
    rows = [row for row in session.exec(statement).all() if not scheme or row[0] == scheme]
    schemes = {name: key for name, key, wave in rows if wave == code.strip()}
    if len(schemes) > 1:
        raise SeveralSchemes(code, list(schemes))
    for key in schemes.values():
        if found := wave_info(session, Scope(viewer, key or 0), code.strip()):
            return found
    raise WaveNotFound(code, list(dict.fromkeys(wave for _, _, wave in rows)))


def score_report(
    session: Session, scope: Scope, wave: WaveInfo, *, weighted: bool = False, language: str = STABLE
) -> dict[str, Any]:
    """Scores in points, shares 0–1, `mean_level` on the file's own scale; None where n is too small.

    With `weighted`, weighted means stand beside the others, under names that begin with `weighted_`.
    """
    (result,) = results(session, scope, [wave])
    report = _report(result, wave.layout.scheme, language)
    report["customers"] = _customers(session, scope, wave, language)
    report["response_rate"] = _response_rate(result)
    if weighted:
        _add_weighted(report, weighted_means(session, scope, wave))
    return report


def _report(result: WaveResult, scheme: Scheme, language: str) -> dict[str, Any]:
    return {
        "wave": result.wave.code,
        "scheme": scheme.code,
        "valid": result.valid,
        "invalid": result.invalid,
        "index": _with_interval(result.index),
        "satisfaction_rate": result.index.satisfaction_rate,
        "dimensions": [
            {"code": d.code, "name": d.name.in_(language), "score": score.score, "n": score.n}
            for d in scheme.dimensions
            if (score := result.dimensions.get(d.code))
        ],
        "items": [_item(result, scheme, code, language) for code in result.items],
    }


def _with_interval(score: Score) -> dict[str, Any]:
    interval = None if score.low is None else [score.low, score.high]
    return {"score": score.score, "n": score.n, "sd": score.sd, "ci95": interval, **_deduction(score)}


def _item(result: WaveResult, scheme: Scheme, code: str, language: str) -> dict[str, Any]:
    item, figures = scheme.item_by_code[code], result.items[code]
    return {
        "code": code,
        "name": item.name.in_(language),
        "dimension": item.dimension,
        "score": figures.score.score,
        "mean_level": figures.mean_level,
        "n": figures.score.n,
        "sd": figures.score.sd,
        "top_two_box": figures.top_two_box,
        "blank": result.valid - figures.score.n,
    }


def _customers(session: Session, scope: Scope, wave: WaveInfo, language: str) -> list[dict[str, Any]]:
    """Every customer with a score in the wave, by code."""
    scope.viewer.check("view_customers")
    statement = (
        select(Customer, CustomerScore)
        .join(CustomerScore, col(CustomerScore.customer_id) == Customer.id)
        .where(CustomerScore.wave_id == wave.id, CustomerScore.composite == 0, CustomerScore.n > 0)
        .where(*of_customers(scope))
        .order_by(col(Customer.code))
    )
    scheme = wave.layout.scheme
    found = [
        (one, customer_mean(scheme, row.n, row.total, row.deducted, row.complaints))
        for one, row in session.exec(statement)
    ]
    return [
        {
            "code": customer.code,
            "name": Name(customer.name_zh, customer.name_en).in_(language),
            "score": score.score,
            "n": score.n,
            **_deduction(score),
        }
        for customer, score in found
    ]


def _deduction(score: Score) -> dict[str, Any]:
    """What complaints took from a score, where they took something (rules.md 3.6)."""
    if score.undeducted is None:
        return {}
    return {"undeducted": score.undeducted, "complaints": score.complaints}


def _response_rate(result: WaveResult) -> dict[str, Any]:
    returns = result.returns
    return {"sent": returns.sent, "returned": returns.returned, "in_time": returns.in_time, "rate": returns.rate}


def _add_weighted(report: dict[str, Any], means: WeightedMeans) -> None:
    report["index"]["weighted_score"] = means.scores[""]
    for dimension in report["dimensions"]:
        dimension["weighted_score"] = means.scores[dimension["code"]]
    for item in report["items"]:
        item["weighted_score"] = means.items[item["code"]]
        item["weighted_mean_level"] = means.mean_levels[item["code"]]
        item["weighted_top_two_box"] = means.top_two_box[item["code"]]
