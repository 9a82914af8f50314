"""The settings that only ingest has."""

from pathlib import Path

from pydantic import Field, field_validator

from shared.settings import HouseSettings
from shared.vocabulary import RecordKind
from shared.web.caller import EVERY_AUTHORITY


class IngestSettings(HouseSettings):
    """Settings of the service ingest."""

    ingest_port: int = Field(default=8101, ge=1, le=65535, description="Port of ingest.")
    import_spool: Path | None = Field(
        default=None,
        description="Folder for uploaded files until they are read; the HTTP side and the workers of ingest share it. "
        "Unset: `spool` under the data folder.",
    )
    import_max_bytes: int = Field(
        default=1024 * 1024 * 1024, ge=1024, description="Largest file that is taken for import, in bytes."
    )
    import_uploads: int = Field(default=20, ge=1, le=1000, description="Uploads that one client may have unfinished.")
    import_upload_hours: int = Field(
        default=24, ge=1, description="Hours after which an upload is given up when nobody goes on with it."
    )
    import_slice_rows: int = Field(
        default=1_000, ge=1, le=5_000, description="Rows of a file that are judged and stored in one transaction."
    )
    import_readers: int = Field(default=2, ge=1, le=8, description="Files that one process reads at once.")
    source_check_seconds: float = Field(
        default=300.0, gt=0, description="Seconds between two looks for sources that have fallen silent."
    )
    source_expected_working_days: int = Field(
        default=1,
        ge=0,
        le=250,
        description="In how many working days a source should send something, unless a person has said otherwise for "
        "it; 0: nothing is expected of any.",
    )
    county_expected_working_days: int = Field(
        default=5,
        ge=0,
        le=250,
        description="In how many working days something should come of a county's own records, whoever sends them; "
        "0: nothing is expected of any.",
    )
    quarantine_keep_days: int = Field(
        default=365,
        ge=1,
        description="Days for which a quarantined row is kept after it was corrected, released or discarded. "
        "A row that waits is never forgotten.",
    )
    import_folder: Path | None = Field(
        default=None,
        description="Folder that is watched: complete files in it are imported and then lie in its folder `done` or "
        "`refused`, with their verdicts. Unset: none.",
    )
    import_client: str = Field(
        default="enforcement-system",
        max_length=120,
        description="Client in whose name files of the watched folder and pulled rows are taken in.",
    )
    import_authorities: str = Field(
        default="*",
        description="Codes of the authorities for which those files and rows may be, with commas between; `*` is any.",
    )
    pull_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^?#]+$",
        description="Address at which the law-enforcement system (执法系统) gives pages of rows. Unset: none is asked.",
    )
    pull_token_file: Path | None = Field(
        default=None, description="File with the bearer token for that system; it is read for each page."
    )
    pull_kinds: str = Field(
        default="penalty,licence", description="Kinds of record that are pulled, with commas between."
    )
    pull_page_rows: int = Field(default=1_000, ge=1, le=5_000, description="Rows that are asked for in one page.")
    pull_interval_seconds: float = Field(
        default=60.0, ge=0.1, description="Pause after the last page before that system is asked again."
    )
    pull_overlap_seconds: float = Field(
        default=600.0,
        ge=0,
        description="How far back each round begins, so that rows committed late are met; 50 pages at most.",
    )

    def import_scope(self) -> frozenset[str] | None:
        """The authorities for which the folder's files and pulled rows may be; None means any."""
        codes = frozenset(filter(None, (code.strip() for code in self.import_authorities.split(","))))
        return None if EVERY_AUTHORITY in codes else codes

    def kinds_to_pull(self) -> tuple[RecordKind, ...]:
        return tuple(RecordKind(kind.strip()) for kind in self.pull_kinds.split(","))

    @field_validator("pull_kinds")
    @classmethod
    def _known_kinds(cls, kinds: str) -> str:
        known = {str(kind) for kind in RecordKind}
        if not {kind.strip() for kind in kinds.split(",")} <= known:
            raise ValueError(f"only {', '.join(sorted(known))} are kinds")
        return kinds
