"""A web server that keeps what is posted to it, for tests: on this machine only, answering as it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class HttpSink:
    """What was posted, in order: path with query, host, body."""

    port: int = 0
    posted: list[tuple[str, str, str]] = field(default_factory=list)
    status: int = 200
    answer: bytes = b"ok"
    location: str = ""
    hangs_up: bool = False

    def url(self, path: str = "/hook?key=abc", host: str = "127.0.0.1") -> str:
        """An address of this server."""
        return f"http://{host}:{self.port}{path}"


@contextmanager
def http_sink() -> Iterator[HttpSink]:
    """A running server."""
    sink = HttpSink()

    class Conversation(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            sink.posted.append((self.path, self.headers["Host"], body))
            if sink.hangs_up:
                return
            self.send_response(sink.status)
            self.send_header("Content-Length", str(len(sink.answer)))
            if sink.location:
                self.send_header("Location", sink.location)
            self.end_headers()
            self.wfile.write(sink.answer)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Conversation) as server:
        sink.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield sink
        finally:
            server.shutdown()
