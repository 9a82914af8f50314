"""What a comparison found, page by page, for a file that people take away."""

from collections.abc import Sequence

from services.ingest.provincial_list.findings import cells
from services.ingest.provincial_list.store import list_findings
from services.ingest.sheets import Pages, pages_of
from shared.database.engine import Database
from shared.database.types import AnyRow


def finding_pages(database: Database, comparison_id: str, outcome: str | None = None) -> Pages:
    """All findings in the order of the list, each page in a look of its own."""

    async def read(last: AnyRow | None, limit: int) -> Sequence[AnyRow]:
        async with database.reading() as connection:
            return await list_findings(connection, comparison_id, outcome, last.position if last else None, limit)

    return pages_of(read, cells)
