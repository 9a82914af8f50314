"""Reads small parts of a workbook (relations, styles, the list of sheets) as a stream of elements with attributes."""

from collections.abc import Iterator

from services.ingest.files.xlsx.deadline import Deadline
from services.ingest.files.xlsx.package import Package, damaged
from services.ingest.files.xlsx.xml import PartParser, Unreadable, local_name

Element = tuple[str, str, dict[str, str]]
"""Name of the parent, own name, attributes by their local names."""


def read_elements(package: Package, name: str, deadline: Deadline) -> Iterator[Element]:
    """The elements of a part in the order of their start."""
    path: list[str] = [""]
    found: list[Element] = []

    def start(tag: str, attributes: list[str]) -> None:
        own = local_name(tag)
        pairs = {local_name(key): value for key, value in zip(attributes[::2], attributes[1::2], strict=True)}
        found.append((path[-1], own, pairs))
        path.append(own)

    def end(_tag: str) -> None:
        path.pop()

    def text(_data: str) -> None:
        """Small parts say everything in attributes."""

    parser = PartParser(start, end, text)
    with package.open(name) as part:
        try:
            for _ in parser.run(part, path.__len__, deadline):
                yield from found
                found.clear()
        except Unreadable as error:
            raise damaged(str(error)) from error
