"""Words that belong to one place: a portal's columns, and words that no committed file may hold."""

import re

from tests.architecture.source import CODE, modules, project_files, text_of

COLUMNS = re.compile(r"\b(?:CF|XK)_[A-Z]{2,}")
MAY_KNOW_COLUMNS = (
    "services/ingest/mapping/",
    "services/sync/portals/",
    "services/sync/mock_portals/",
    "services/local/sample_",  # the sample feed speaks as a source
)
# Written so that no pattern finds itself.
UNFINISHED = re.compile(r"\b(?:T(?:ODO)|F(?:IXME)|X(?:XX)|H(?:ACK))\b|Not(?:Implemented)Error")
MACHINE = re.compile(r"(?<![\w.~}/-])/(?:home|root|Users|work|mnt|private)/[\w.-]+")
REGISTRY = re.compile(
    r"(?:[\w-]+\.)*(?:py(?:pi)\.org|python(?:hosted)\.org|npm(?:js)\.(?:org|com)|npm(?:mirror)\.com)|--(?:extra-)?index(?:-url)"
)
BINARY = (".png", ".jpg", ".ico", ".gz", ".woff2", ".pdf", ".xlsx", ".docx")
NO_TEXT = re.compile(r"tests/corpus/ingest/.+(?<!\.toml)")
"""Files as bureaus send them, in any encoding and of broken bytes."""


def found(pattern: re.Pattern[str], names: tuple[str, ...]) -> list[str]:
    return [
        f"{name}:{number} {match.group()}"
        for name in names
        if not name.endswith(BINARY) and not NO_TEXT.fullmatch(name)
        for number, line in enumerate(text_of(name).splitlines(), start=1)
        if (match := pattern.search(line))
    ]


def test_only_mappings_and_portals_know_the_columns_of_the_templates() -> None:
    knowing = [one.path for one in modules(*CODE) if COLUMNS.search(one.text)]
    assert knowing
    assert [path for path in knowing if not path.startswith(MAY_KNOW_COLUMNS)] == []


def test_nothing_is_left_for_later_in_a_committed_file() -> None:
    assert found(UNFINISHED, project_files()) == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert found(MACHINE, project_files()) == []


def test_no_file_names_a_package_registry() -> None:
    assert found(REGISTRY, project_files()) == []
