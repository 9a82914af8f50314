"""A small whole PDF made on the spot, for the papers (申请材料) that a synthetic company hands in; it names no one."""

_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
)
_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def sample_paper(title: str) -> bytes:
    """One page with a title in plain letters; another title is another content."""
    text = b"BT/F 12 Tf 20 50 Td(Sample: " + title.encode("ascii") + b")Tj ET"
    body, offsets = b"%PDF-1.7\n", []
    stream = b"<</Length %d>>stream\n%s\nendstream" % (len(text), text)
    for number, content in enumerate((*_OBJECTS, stream, _FONT), start=1):
        offsets.append(len(body))
        body += b"%d 0 obj%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return body + end % (table, len(body))
