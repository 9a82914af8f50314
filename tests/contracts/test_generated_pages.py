"""What is written from code is committed as the code would write it now."""

from pathlib import Path

import pytest

from services.house import SERVICES
from tests.contracts.generated import API, ROOT, generated, openapi

FILES = generated()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_generated_file_is_as_the_code_would_write_it(path: Path) -> None:
    advice = "run `python -m tests.contracts.generated --write` and look at the difference"
    assert path.exists(), advice
    assert path.read_text(encoding="utf-8") == FILES[path], advice


def test_every_openapi_document_belongs_to_a_service() -> None:
    assert {path.name.partition(".")[0] for path in API.glob("*.openapi.json")} == set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_an_openapi_document_is_the_same_each_time(name: str) -> None:
    assert openapi(name) == FILES[API / f"{name}.openapi.json"]
