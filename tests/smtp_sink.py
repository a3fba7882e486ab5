"""A mail server that keeps what it is given, for tests: on this machine only, and refusing whom it is told to refuse."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Sink:
    """What has arrived, in order: recipient and message of each mail."""

    port: int = 0
    arrived: list[tuple[str, bytes]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """Recipient → the reply that it gets instead of 250."""
    hangs_up_after_data: bool = False

    @property
    def url(self) -> str:
        """SMTP_URL of this server."""
        return f"smtp+plain://127.0.0.1:{self.port}"

    @property
    def recipients(self) -> list[str]:
        return [address for address, _ in self.arrived]

    def message(self, number: int = -1) -> EmailMessage:
        return message_from_bytes(self.arrived[number][1], policy=policy.default)  # type: ignore[return-value]


@contextmanager
def smtp_sink() -> Iterator[Sink]:
    """A running server."""
    sink = Sink()

    class Conversation(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self) -> None:
            self.say("220 sink")
            recipient = ""
            while line := self.rfile.readline().decode().rstrip():
                verb = line.split(maxsplit=1)[0].upper()
                if verb == "RCPT":
                    recipient = line.partition("<")[2].partition(">")[0]
                    self.say(sink.refused.get(recipient, "250 ok"))
                elif verb == "DATA":
                    self.say("354 go on")
                    content = b"".join(iter(self.rfile.readline, b".\r\n"))
                    sink.arrived.append((recipient, content))
                    if sink.hangs_up_after_data:
                        return
                    self.say("250 taken")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """A worker that is killed breaks off its conversation."""

    with Server(("127.0.0.1", 0), Conversation) as server:
        sink.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
