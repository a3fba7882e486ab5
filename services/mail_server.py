"""Mails are handed to the mail server one by one, and for each it is known whether it left, didn't leave, or may have left."""

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import localtime
from typing import Final, NamedTuple
from uuid import uuid4

from domain.access import Viewer
from domain.errors import N_, Refusal
from domain.mail_addresses import address_of
from services.mail_texts import test_mail_of
from settings import MailServer, settings

PATIENCE_SECONDS: Final = 20
"""How long the server may take for a reply; under the lease of a job."""
LONGEST_REASON: Final = 300
NO_SUCH_MAILBOX: Final = (550, 551, 553)
"""Replies to a recipient that say for good that there is none (RFC 5321, 4.2.3)."""


class MailNotSet(Refusal):
    """No mail server is named in the settings."""

    def __init__(self) -> None:
        super().__init__(
            N_("No mail server is set (SMTP_URL and MAIL_FROM). Links can leave as a list or as QR codes meanwhile.")
        )


class MailServerUnreachable(Refusal):
    """Nothing was sent: there is no way to the mail server, or it doesn't let us in."""

    def __init__(self, reason: str) -> None:
        template = N_("The mail server can't be used: {reason}. What has not been sent waits.")
        super().__init__(template, reason=reason)


class AddressUnusable(Refusal):
    """What was typed is no mail address."""

    def __init__(self) -> None:
        super().__init__(N_("This is no mail address that can be used."))


class MailRefused(Refusal):
    """The server didn't take a mail."""

    def __init__(self, reason: str) -> None:
        super().__init__(N_("The mail server has not taken the mail: {reason}"), reason=reason)


class Outcome(NamedTuple):
    """What became of a mail: a state of the outbox (`queued`: try again), and what the server said."""

    state: str
    reason: str = ""


class MailServerConnection:
    """One connection for many mails, opened when the first one comes and again when the server has hung up."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> "MailServerConnection":
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()

    def deliver(self, message: EmailMessage, address: str) -> Outcome:
        """Hands a mail over; raises MailServerUnreachable where nothing of it left. `unclear`: nobody can know."""
        if "Date" not in message:
            message["Date"] = localtime()
        for is_fresh in (self._smtp is None, True):
            smtp = self._connected()
            try:
                outcome = self._envelope(smtp, address)
            except (smtplib.SMTPServerDisconnected, OSError) as error:
                self._hang_up()
                if is_fresh:
                    raise MailServerUnreachable(said(error)) from error
                continue  # an old connection had been closed; the mail had not begun
            return outcome or self._content(smtp, message)
        raise AssertionError("a fresh connection gives an outcome")

    def _envelope(self, smtp: smtplib.SMTP, address: str) -> Outcome | None:
        """From whom and to whom; None where the server takes it."""
        code, text = smtp.mail(address_of(self._server.sender) or "")
        if code == 250:
            code, text = smtp.rcpt(address)
            if code in (250, 251):
                return None
            refused = "undeliverable" if code in NO_SUCH_MAILBOX else "failed"
        else:
            refused = "failed"
        smtp.rset()
        return Outcome("queued" if 400 <= code < 500 else refused, said((code, text)))

    def _content(self, smtp: smtplib.SMTP, message: EmailMessage) -> Outcome:
        """From here on the mail may have left, unless the server says no."""
        try:
            code, text = smtp.data(message.as_bytes(policy=message.policy.clone(linesep="\r\n", cte_type="7bit")))
        except smtplib.SMTPDataError as error:  # refused before anything of it was sent
            self._hang_up()
            return Outcome("queued" if 400 <= error.smtp_code < 500 else "failed", said(error))
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            return Outcome("unclear", said(error))
        if code == 250:
            return Outcome("sent")
        return Outcome("queued" if 400 <= code < 500 else "failed", said((code, text)))

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            try:
                self._smtp = _connect(self._server)
            except (smtplib.SMTPException, OSError) as error:
                raise MailServerUnreachable(said(error)) from error
        return self._smtp

    def _hang_up(self) -> None:
        if self._smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
        self._smtp = None


def said(what: object) -> str:
    """The server's reply, or an error, in one line that isn't too long.

    >>> said((550, b"5.1.1 no such user"))
    '550 5.1.1 no such user'
    """
    if isinstance(what, smtplib.SMTPResponseException):
        what = (what.smtp_code, what.smtp_error)
    if isinstance(what, tuple):
        code, text = what
        what = f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
    return " ".join(str(what).split())[:LONGEST_REASON] or type(what).__name__


def _connect(server: MailServer) -> smtplib.SMTP:
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=PATIENCE_SECONDS, context=ssl.create_default_context()
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=PATIENCE_SECONDS)
        if server.security == "starttls":
            smtp.starttls(context=ssl.create_default_context())
    if server.user:
        smtp.login(server.user, server.password)
    smtp.ehlo_or_helo_if_needed()
    return smtp


def send_test(server: MailServer, address: str, language: str, *, by: Viewer) -> None:
    """Sends a mail to oneself now; raises NotAllowed, AddressUnusable, MailServerUnreachable, MailRefused."""
    by.check("run_waves")
    usable = address_of(address)
    if usable is None:
        raise AddressUnusable
    message = test_mail_of(usable, language, sender=server.sender, link=settings().base_url, key=f"test.{uuid4().hex}")
    with MailServerConnection(server) as connection:
        outcome = connection.deliver(message, usable)
    if outcome.state != "sent":
        raise MailRefused(outcome.reason)
