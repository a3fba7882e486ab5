"""What `verify` costs, and that it finds what was planted."""

from sqlalchemy import update
from sqlmodel import col

from db.models import CohortTally
from db.session import read_session, write_session
from services.checking import verify
from tests.bench.company import Company
from tests.bench.measuring import seconds
from tests.bench.results import Report

BARS = {"sqlite": 30.0, "postgresql": 50.0}


def measure(report: Report, company: Company) -> None:
    """Microseconds a response of 14 answers; then one planted cell, which must be named."""
    kind = company.engine.dialect.name
    with read_session(company.engine) as session:
        responses = company.responses
        damages: list[object] = []
        took = seconds(lambda: damages.extend(verify(session)))
    report.at_most(f"{kind}: verify, damages in sound data", len(damages), 0, "")
    report.at_most(f"{kind}: verify, a response", took / responses * 1e6, BARS[kind], "µs")
    _plant(company, 1)
    with read_session(company.engine) as session:
        found = [damage for damage in verify(session) if damage.table == "cohort_tally"]
    _plant(company, -1)
    report.at_least(f"{kind}: verify, planted cells that are named", len(found), 1, "")


def _plant(company: Company, by: int) -> None:
    this = (col(CohortTally.wave_id) == company.wave_ids[3], col(CohortTally.cohort_id) == company.cohort_ids[5])
    with write_session(company.engine) as session:
        session.connection().execute(
            update(CohortTally)
            .where(*this, col(CohortTally.n1) > 0, col(CohortTally.item_id) == 1)
            .values(n1=CohortTally.n1 + by)
        )
