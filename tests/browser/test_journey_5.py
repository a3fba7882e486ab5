"""Journey 5: the meeting on the projector, by keyboard only: readable from five metres, an action in three keys and 15 s."""

import re
import time

from playwright.sync_api import Page, expect

from tests.browser.conftest import PROJECTOR, NewPage
from tests.browser.servers import Server
from tests.browser.steps import settled, sign_in, visit

SMALLEST, CONTRAST = 36, 7.0
LETTERS = """() => {
    const parts = colour => (colour.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number)
    const over = (top, under) => {
        const a = top.length > 3 ? top[3] : 1
        return [0, 1, 2].map(k => top[k] * a + under[k] * (1 - a))
    }
    const behind = one => {
        const layers = []
        for (let at = one; at; at = at.parentElement) layers.push(parts(getComputedStyle(at).backgroundColor))
        return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255])
    }
    const light = colour => {
        const line = colour.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]
    }
    const found = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
        const node = walker.currentNode, one = node.parentElement
        if (!node.textContent.trim() || !one.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
        if (one.closest('script, style, noscript, .vega-embed, [data-testid=stToast]')) continue
        const range = document.createRange()
        range.selectNodeContents(node)
        const box = range.getBoundingClientRect()
        if (box.width < 2 || box.height < 2 || box.bottom < 0 || box.top > innerHeight) continue
        const style = getComputedStyle(one), ground = behind(one)
        const [a, b] = [light(over(parts(style.color), ground)), light(ground)].sort((x, y) => y - x)
        found.push([node.textContent.trim().slice(0, 40), parseFloat(style.fontSize), (a + 0.05) / (b + 0.05)])
    }
    return found
}"""
"""Every text that is to be seen: what it says, its size in pixels, its contrast with what lies behind it (WCAG 2)."""


def expect_readable(page: Page) -> None:
    found = page.evaluate(LETTERS)
    assert len(found) > 3
    assert [one for one in found if one[1] < SMALLEST] == []
    assert [one for one in found if one[2] < CONTRAST] == []
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), "nothing scrolls sideways"


def on_slide(page: Page, number: int) -> None:
    expect(page.get_by_text(re.compile(rf"(^| ){number} / \d+"))).to_be_visible()
    settled(page)


def test_a_meeting_is_held_with_the_keyboard_alone(fresh_server: Server, new_page: NewPage) -> None:
    office = new_page(fresh_server)
    sign_in(office, "/meetings")
    office.get_by_role("button", name="New meeting").click()
    office.get_by_role("button", name="Call the meeting").click()
    expect(office.get_by_text("Minutes open")).to_be_visible()
    meeting = office.url.partition("?")[2]

    room = new_page(fresh_server, size=PROJECTOR, scheme="dark")
    sign_in(room)
    visit(room, f"/projector?{meeting}")
    on_slide(room, 1)
    room.wait_for_function("!!window.projector?.listens")
    expect(room.get_by_test_id("stSidebar")).to_be_hidden()
    room.keyboard.press("ArrowRight")
    on_slide(room, 2)
    expect(room.get_by_role("heading", name=re.compile(r"^Index \d"))).to_be_visible()
    expect_readable(room)
    for _ in range(3):
        room.keyboard.press("ArrowRight")
    on_slide(room, 5)
    expect(room.get_by_role("heading", name=re.compile(r"red, \d+ amber"))).to_be_visible()
    expect_readable(room)
    room.reload()
    on_slide(room, 5)
    room.wait_for_function("!!window.projector?.listens")

    room.keyboard.press("ArrowRight")
    on_slide(room, 6)
    began = time.monotonic()
    room.keyboard.press("a")
    expect(room.get_by_role("dialog").get_by_label("Action title")).to_have_value(re.compile(r"\w"))
    expect_readable(room)
    room.keyboard.press("Enter")
    expect(room.get_by_test_id("stToast")).to_contain_text(re.compile(r"A.\d+"))
    took = time.monotonic() - began
    print(f"journey 5: 2 keys, {took:.1f} s")
    on_slide(room, 6)

    room.keyboard.press("b")
    expect(room.locator("#projector-black")).to_be_visible()
    room.keyboard.press("b")
    expect(room.locator("#projector-black")).to_have_count(0)
    room.keyboard.press("Space")
    expect(room.locator("#projector-auto")).to_have_text("▶ 20 s")
    room.keyboard.press("Space")
    expect(room.locator("#projector-auto")).to_have_count(0)
    room.keyboard.press("f")
    room.wait_for_function("!!document.fullscreenElement")
    room.keyboard.press("f")
    room.wait_for_function("!document.fullscreenElement")
    room.keyboard.press("End")
    expect(room.get_by_role("heading", name="What do we decide?")).to_be_visible()
    room.keyboard.press("Home")
    on_slide(room, 1)

    visit(office, f"/presenter?{meeting}")
    office.get_by_role("button", name="Response rate").click()
    on_slide(room, 3)
    visit(office, f"/meeting?{meeting}")
    expect(office.get_by_text(re.compile(r"^Index \d.*target 80"))).to_be_visible()
    expect(office.get_by_text(re.compile(r"^A.\d+ On-time delivery"))).to_be_visible()
