"""A letter on paper: Word through docxtpl, PDF through typst where the extra `pdf` is installed.

It prints what it is given and adds no word. A bureau with a letterhead of its own gives the path of its template; it
may use `title`, `paragraphs`, `authority` and `issued_on`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
# XML 1.0 has no way to write these signs, escaped or not; a document with one does not open.
_UNWRITABLE = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])
# The layout of official letters first, then whatever shows Chinese.
_FAMILIES = (
    "FangSong",
    "FangSong_GB2312",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
)
_PAGE = """
#let letter = json(bytes(sys.inputs.letter))
#set document(title: letter.title, date: none)
#set page(paper: "a4", margin: (x: 28mm, y: 37mm))
#set text(font: sys.inputs.font, size: 16pt, lang: "zh", region: "cn")
#set par(leading: 14pt, spacing: 14pt, justify: true)
#align(center, text(size: 22pt, weight: "bold", letter.title))
#v(14pt)
#for (at, line) in letter.paragraphs.enumerate() [
  #par(justify: at > 0, first-line-indent: if at == 0 { 0pt } else { (amount: 2em, all: true) }, text(line))
]
#v(14pt)
#align(right)[#text(letter.authority) \\ #text(letter.issued_on)]
"""


class NoPdf(Exception):
    """No PDF can be made here; says why and what to do."""


@dataclass(frozen=True)
class Letter:
    """What stands on the paper, in order; the first paragraph names whom it is for."""

    title: str
    paragraphs: tuple[str, ...]
    authority: str
    issued_on: str


def as_docx(letter: Letter, template: Path | None = None) -> bytes:
    """The document. Takes some ten milliseconds of computing, so an edge calls it in a thread."""
    from shared.word_letter import written  # docx and lxml: 7 MB that a process which writes no letter does without

    lines = tuple(_writable(line) for line in letter.paragraphs)
    return written(_writable(letter.title), lines, _writable(letter.authority), letter.issued_on, template)


def as_pdf(letter: Letter) -> bytes:
    """The same for print, or `NoPdf`. Takes some hundred milliseconds; an edge calls it in a thread.

    Words go in as data, never as markup. Without a Chinese font typst would print empty boxes and call it a success.
    """
    given = {name: _plain(value) for name, value in asdict(letter).items()}
    return typeset(_PAGE, {"letter": json.dumps(given, ensure_ascii=False)}, "the Word document")


def typeset(page: str, inputs: Mapping[str, str], instead: str) -> bytes:
    """A typst page with its data, which gets `font` besides, or `NoPdf`. `instead`: the form that one can take."""
    try:
        import typst
    except ImportError:
        raise NoPdf(f"This installation makes no PDF. Install the extra `pdf`, or take {instead}.") from None
    families = set(typst.Fonts().families())
    font = next((one for one in _FAMILIES if one in families), None)
    if font is None:
        raise NoPdf(f"No Chinese font is installed here. Install fonts-noto-cjk, or take {instead}.")
    content, warnings = typst.compile_with_warnings(page.encode(), format="pdf", sys_inputs={**inputs, "font": font})
    if warnings or not isinstance(content, bytes):
        told = "; ".join(one.message for one in warnings)
        raise NoPdf(f"The PDF would not be whole: {told[:300]}. Take {instead}.")
    return content


def _plain(value: str | tuple[str, ...]) -> str | list[str]:
    return _writable(value) if isinstance(value, str) else [_writable(one) for one in value]


def _writable(text: str) -> str:
    return text.translate(_UNWRITABLE)
