"""The Word form of a letter, through docxtpl. It prints what it is given and adds no word.

The template is built here instead of being committed as a binary file: what is left of it is layout. Values are
escaped, and a template runs in a sandbox. `shared.letters` is the way in and loads this with the first letter.
"""

from io import BytesIO
from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from docxtpl import DocxTemplate
from jinja2.sandbox import SandboxedEnvironment

_FONT = "仿宋"
_LINES = ("{%p for line in paragraphs %}", "{{ line }}", "{%p endfor %}")


def written(
    title: str, paragraphs: tuple[str, ...], authority: str, issued_on: str, template: Path | None = None
) -> bytes:
    """The document, on our own layout or on a bureau's template."""
    document = DocxTemplate(str(template) if template else BytesIO(_layout()))
    values = {"title": title, "paragraphs": paragraphs, "authority": authority, "issued_on": issued_on}
    document.render(values, SandboxedEnvironment(autoescape=True), autoescape=True)
    content = BytesIO()
    document.save(content)
    return content.getvalue()


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
