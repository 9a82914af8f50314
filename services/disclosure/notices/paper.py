"""A letter on paper: Word through docxtpl. Guarantee G03: it prints the words of `compose` and adds none.

The template is built here instead of being committed as a binary file: the words live in `letters.toml`, where a lawyer
can read a difference, and what is left is layout. A bureau with a letterhead of its own gives the path of its template;
it may use `title`, `paragraphs`, `authority` and `issued_on`. Values are escaped, and a template runs in a sandbox.
"""

from io import BytesIO
from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from docxtpl import DocxTemplate
from jinja2.sandbox import SandboxedEnvironment

from services.disclosure.notices.domain.compose import Composed

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FONT = "仿宋"
_LINES = ("{%p for line in paragraphs %}", "{{ line }}", "{%p endfor %}")
# XML 1.0 has no way to write these signs, escaped or not; a document with one does not open.
_UNWRITABLE = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])


def print_letter(letter: Composed, issued_on: str, template: Path | None) -> bytes:
    """The document. Takes some ten milliseconds of computing, so an edge calls it in a thread."""
    document = DocxTemplate(str(template) if template else BytesIO(_layout()))
    values = {
        "title": _writable(letter.title),
        "paragraphs": [_writable(line) for line in letter.paragraphs],
        "authority": _writable(letter.authority),
        "issued_on": issued_on,
    }
    document.render(values, SandboxedEnvironment(autoescape=True), autoescape=True)
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def _writable(text: str) -> str:
    return text.translate(_UNWRITABLE)


def _layout() -> bytes:
    """Title in the middle, the paragraphs, authority and day at the right."""
    document = Document()
    style = document.styles["Normal"]
    style.font.name = _FONT
    style.font.size = Pt(16)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run("{{ title }}")
    run.bold = True
    run.font.size = Pt(22)
    for line in _LINES:
        document.add_paragraph(line)
    for line in ("{{ authority }}", "{{ issued_on }}"):
        document.add_paragraph(line).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    content = BytesIO()
    document.save(content)
    return content.getvalue()
