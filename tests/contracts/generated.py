"""Every committed file that is written from code. `python -m tests.contracts.generated --write` writes them anew.

The drift tests compare the same list with what is committed, so that a change of a contract, an endpoint, a problem
or a setting is seen in review.
"""

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from services.house import SERVICES, all_settings
from services.issuer import ensure_identity
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.schemas import events_page, schema_files
from shared.database.engine import Database
from shared.messaging.topology import QUEUES
from shared.settings import document
from shared.web.problems import problems_page
from tests.contracts.readme import readme, readme_path

ROOT = Path(__file__).parents[2]
API = ROOT / "docs" / "api"


def generated() -> dict[Path, str]:
    """The text that each generated file must have."""
    return {
        **schema_files(),
        API / "events.md": events_page(listeners()),
        API / "problems.md": problems_page(),
        ROOT / "deploy" / "settings.md": document(*all_settings()),
        **{path: text for name in SERVICES for path, text in _of_service(name).items()},
    }


def _of_service(name: str) -> dict[Path, str]:
    document = openapi(name)
    return {API / f"{name}.openapi.json": document, readme_path(name): readme(name, document)}


def listeners() -> Mapping[str, list[str]]:
    """The queues that hear each event type; routing keys finer than a type begin with its noun."""
    heard: dict[str, list[str]] = defaultdict(list)
    for queue, keys in QUEUES.items():
        for name in CATALOGUE:
            if any(_is_key_of(key, name) for key in keys):
                heard[name].append(queue)
    return heard


def _is_key_of(key: str, name: str) -> bool:
    return key == name or (key not in CATALOGUE and key.partition(".")[0] == name.partition(".")[0])


def openapi(name: str) -> str:
    """The OpenAPI document of a service, made by its factory; no database is opened and no port bound."""
    service = SERVICES[name]
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        ensure_identity(data_dir)
        settings = service.settings(data_dir=data_dir)
        app = service.app(settings, Database(settings.database_for(name), name))
        return json.dumps(app.openapi(), ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.contracts.generated --write")
    for path, text in generated().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
