"""QR codes to print: a sheet with one per contact, and a poster for whoever comes by. One HTML file each, nothing loaded from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Final

import segno
from babel.dates import format_date

from domain.errors import N_
from locales import translator

STYLE: Final = """
@page { size: A4; margin: 12mm }
* { box-sizing: border-box }
body { margin: 0; color: #101828; font: 11pt/1.4 "Segoe UI", "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", sans-serif }
.sheet { display: grid; grid-template-columns: repeat(3, 1fr); gap: 4mm }
.label { border: 1px dashed #98a2b3; border-radius: 2mm; padding: 4mm; text-align: center; break-inside: avoid }
.label svg { width: 36mm; height: 36mm }
.label b, .label span { display: block; overflow-wrap: anywhere }
.small { color: #455264; font-size: 8.5pt }
.link { font-size: 7pt; overflow-wrap: anywhere }
.poster { min-height: 270mm; display: flex; flex-direction: column; align-items: center; justify-content: center }
.poster { text-align: center; gap: 10mm }
.poster svg { width: 110mm; height: 110mm }
.poster h1 { font-size: 34pt; line-height: 1.2; margin: 0 }
.poster p { font-size: 16pt; margin: 0; max-width: 160mm }
"""
CONSENT: Final = N_("Answering is voluntary. Your answers are used only to improve our products and service.")


@dataclass(frozen=True)
class Label:
    """One code of a sheet: the link behind it, for whom it is, and until when it is to be answered."""

    link: str
    customer: str
    contact: str
    due_on: date | None


def sheet(labels: Sequence[Label], *, title: str, language: str) -> bytes:
    """A4 pages of labels to cut out, twelve on each."""
    _ = translator(language).gettext
    boxes = []
    for one in labels:
        day = format_date(one.due_on, "long", locale=language) if one.due_on else ""
        due = _("Please answer by {day}.").format(day=day) if day else ""
        boxes.append(
            f'<div class="label">{_code(one.link)}<b>{escape(one.customer)}</b><span>{escape(one.contact)}</span>'
            f'<span class="small">{escape(due)}</span><span class="link">{escape(one.link)}</span></div>'
        )
    return _page(title, language, f'<div class="sheet">{"".join(boxes)}</div>')


def poster(link: str, *, survey: str, language: str) -> bytes:
    """One A4 page with the public link of a wave, to be put up."""
    _ = translator(language).gettext
    body = (
        f'<div class="poster"><h1>{escape(_("How satisfied are you with us?"))}</h1>{_code(link)}'
        f"<p>{escape(_('Scan the code with your phone. It takes a few minutes.'))}</p>"
        f'<p class="small">{escape(survey)} · {escape(_(CONSENT))}</p><p class="link">{escape(link)}</p></div>'
    )
    return _page(survey, language, body)


def _code(link: str) -> str:
    return segno.make(link, error="m", micro=False).svg_inline(border=2, omitsize=True)


def _page(title: str, language: str, body: str) -> bytes:
    lang = "zh-CN" if language == "zh_CN" else language
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!DOCTYPE html><html lang="{lang}"><head>{head}</head><body>{body}</body></html>'.encode()
