"""Journey 6: a link for one customer's view opens in another browser without a sign-in, holds nothing else, and is gone when revoked."""

import re

from playwright.sync_api import Page, WebSocket, expect
from sqlmodel import select

from db.models import Customer
from db.session import engine_for, read_session
from tests.browser.conftest import NewPage
from tests.browser.servers import Server
from tests.browser.steps import drawn, expect_sign_in, settled, sign_in, visit

SHARED, WRITTEN = "C001", 3
"""The customer whose file is shared; names shorter than so many signs would be found in anything."""


def reading(page: Page) -> list[bytes]:
    """Every frame that the browser receives from here on."""
    frames: list[bytes] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: frames.append(data if isinstance(data, bytes) else data.encode()))

    page.on("websocket", listen)
    return frames


def names_of(server: Server) -> dict[str, list[str]]:
    """Code → names of each customer."""
    with read_session(engine_for(server.database_url)) as session:
        return {
            one.code: [name for name in (one.name_zh, one.name_en) if len(name) >= WRITTEN]
            for one in session.exec(select(Customer))
        }


def test_a_share_of_one_customer_holds_nothing_else_and_ends_at_once(fresh_server: Server, new_page: NewPage) -> None:
    office = new_page(fresh_server)
    sign_in(office, f"/customer?code={SHARED}")
    office.get_by_role("button", name="Share view").click()
    office.get_by_role("button", name="Make the link").click()
    expect(office.get_by_text("The link is ready.")).to_be_visible()
    link = re.sub(r"^https?://[^/]+", "", office.get_by_test_id("stCode").inner_text().strip())

    stranger = new_page(fresh_server)
    frames = reading(stranger)
    drawn(visit(stranger, link))
    names = names_of(fresh_server)
    expect(stranger.get_by_role("heading", name=names[SHARED][-1])).to_be_visible()
    assert "/shared?" in stranger.url
    assert link.rpartition("/")[2] not in stranger.url
    for test_id in ("stSidebarNav", "stPageLink", "stDownloadButton"):
        expect(stranger.get_by_test_id(test_id)).to_have_count(0)
    visit(stranger, f"{stranger.url}&code=C002&customer=C002&segment=x")
    expect(stranger.get_by_role("heading", name=names[SHARED][-1])).to_be_visible()
    received = b"".join(frames)
    assert names[SHARED][-1].encode() in received
    assert [code for code, said in names.items() if code != SHARED and any(n.encode() in received for n in said)] == []
    share = re.search(r"share=\d+", stranger.url)
    assert share
    for path in ("/", "/users"):
        expect_sign_in(visit(stranger, path))
        visit(stranger, f"{path}?{share[0]}")
        expect(stranger.get_by_text("This link leads nowhere")).to_be_visible()
    expect_sign_in(visit(stranger, "/customer?code=C001"))

    visit(stranger, f"/shared?{share[0]}")
    expect(stranger.get_by_role("heading", name=names[SHARED][-1])).to_be_visible()
    visit(office, "/shares")
    office.get_by_role("button", name="Revoke now").click()
    expect(stranger.get_by_text("This link leads nowhere")).to_be_visible()
    settled(office)
    expect(office.get_by_test_id("stSidebarNav")).to_be_visible()
