"""Eight writers of one wave at once on PostgreSQL: exact figures, no deadlock, no slower than one."""

import subprocess
import sys
from time import monotonic

from sqlmodel import col, func, select

from db.models import CohortReturn
from db.session import engine_for, read_session
from services.checking import verify
from tests.bench.company import Company, find
from tests.bench.results import Report
from tests.bench.submitting import submitting

THROUGHPUT_BAR = 0.9
WRITERS = 8
SECONDS = 6.0


def measure(report: Report, company: Company) -> None:
    """Responses per second of one and of eight processes, in turn; then a recount of the wave."""
    rates: dict[int, list[float]] = {1: [], WRITERS: []}
    written = _counted(company)
    for _ in range(2):
        for writers in rates:
            done = _together(company, writers)
            rates[writers].append(done / SECONDS)
            written += done + writers  # each warms up with one
    one, eight = (max(values) for values in rates.values())
    with read_session(company.engine) as session:
        damages = list(verify(session, company.wave_ids[-1]))
    report.at_least("postgresql: 8 writers, times the responses of one", eight / one, THROUGHPUT_BAR, "×")
    report.at_least("postgresql: 8 writers", eight, None, "responses/s")
    report.at_most("postgresql: 8 writers, responses lost or doubled", abs(_counted(company) - written), 0, "")
    report.at_most("postgresql: 8 writers, cells and findings that differ", len(damages), 0, "")


def _counted(company: Company) -> int:
    """Counted responses of the wave, out of the roll-ups."""
    with read_session(company.engine) as session:
        return int(
            session.exec(
                select(func.sum(col(CohortReturn.valid))).where(CohortReturn.wave_id == company.wave_ids[-1])
            ).one()
        )


def _together(company: Company, writers: int) -> int:
    """How many responses so many processes submitted; an error in any of them is raised here."""
    url = company.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.bench.writers", url]
    started = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(writers)
    ]
    for process in started:
        assert process.stdout
        process.stdout.readline()  # it is ready
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=120)[0] for process in started]
    if any(process.returncode for process in started):
        raise RuntimeError("A writer failed.")
    return sum(int(answer) for answer in answers)


if __name__ == "__main__":
    submit = submitting(find(engine_for(sys.argv[1])), first=int(sys.argv[2]) * 250)
    submit()
    print("ready", flush=True)
    sys.stdin.readline()
    until, number = monotonic() + SECONDS, 0
    while monotonic() < until:
        submit()
        number += 1
    print(number)
