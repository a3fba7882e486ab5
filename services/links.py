"""Links to questionnaires: made again whenever one is needed, because the database keeps only the hash of their token.

The token is an HMAC of a random seed under the installation's secret (docs/adr/0006-links-made-again.md): whoever
reads the database alone can open no questionnaire.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from sqlmodel import Session

from db.models import Invitation, OpenLink
from db.queries.responses import wave_for
from domain.access import Viewer
from domain.errors import N_, Refusal
from services.audit import audit
from services.recording import WaveTakesNothing, lock_wave
from services.waves import check_run_here
from settings import settings


class LinkLost(Refusal):
    """The token can't be made again: the secret is another one, or the link was made by an older version."""

    def __init__(self) -> None:
        template = N_(
            "This link can't be shown again: SECRET_KEY has changed since it was made. The old link still works."
        )
        super().__init__(template)


def token_hash(token: str) -> str:
    """What the database keeps of a token."""
    return sha256(token.encode()).hexdigest()


def new_seed() -> str:
    """What a token is made from; of no use without the secret."""
    return token_urlsafe(16)


def token_of(seed: str, *, opens: str = "questionnaire") -> str:
    """The token of a seed, for what it opens: 32 characters that nobody guesses."""
    digest = hmac.digest(settings().secret_key.encode(), f"{opens}:{seed}".encode(), "sha256")
    return urlsafe_b64encode(digest[:24]).decode()


def link_of(invitation: Invitation) -> str:
    """The address of an invitation's questionnaire, from the configured base URL only; raises LinkLost."""
    return f"{settings().base_url}/q/{_token(invitation)}"


def open_link(session: Session, *, wave_id: int, by: Viewer, at: datetime) -> str:
    """The one public link of a wave, made when it is first asked for.

    Raises NotAllowed, NotThere, WaveImported, WaveTakesNothing, LinkLost.
    """
    by.check("run_waves")
    wave = wave_for(session, by, wave_id)
    check_run_here(wave)
    lock_wave(session, wave)
    if wave.state != "open":
        raise WaveTakesNothing(wave.code)
    made = session.get(OpenLink, wave_id)
    if made is None:
        seed = new_seed()
        made = OpenLink(
            wave_id=wave_id,
            link_seed=seed,
            token_hash=token_hash(token_of(seed)),
            made_at=at,
            made_by_id=by.user_id or None,
        )
        session.add(made)
        session.flush()
        audit(session, by=by.user_id, at=at, verb="open_link", about="wave", about_id=wave_id)
    return f"{settings().base_url}/q/open/{_token(made)}"


def _token(of: Invitation | OpenLink) -> str:
    token = token_of(of.link_seed)
    if not of.link_seed or token_hash(token) != of.token_hash:
        raise LinkLost
    return token
