"""The settings that only disclosure has."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.settings import HouseSettings


class DisclosureSettings(HouseSettings):
    """Settings of the service disclosure."""

    disclosure_port: int = Field(default=8102, ge=1, le=65535, description="Port of disclosure.")
    expiry_seconds: float = Field(
        default=1.0, gt=0, description="Seconds between two looks for publications whose last lawful day is over."
    )
    reevaluation_seconds: float = Field(
        default=5.0, gt=0, description="Seconds between two looks for records that the law in force judges anew."
    )
    comparison_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="Days for which a comparison of packs is kept, with every change that it found.",
    )
    approval_required_regions: tuple[str, ...] = Field(
        default=(),
        description="Division codes whose records wait for a person's approval before display (审慎适度), "
        "as a JSON list; 320400 stands for all of Changzhou, 320000 for the province.",
    )
    column_requests_a_second: float = Field(
        default=5.0, gt=0, description="Requests a second that one address may send to the public column for long."
    )
    column_burst: float = Field(
        default=60.0, ge=1, description="Requests that one address may send to the public column at once."
    )
    reminder_seconds: float = Field(
        default=600.0, gt=0, description="Seconds between two looks for records whose repair has become possible."
    )
    form_units: tuple[Annotated[str, Field(pattern="^32[0-9]{2}00$")], ...] = Field(
        default=("320600", "320000"),
        description="Division codes of the units for which this bureau files monthly forms, as a JSON list: form A for "
        "a city, form B for 320000. It is reminded of each on the last working day before the form is due.",
    )
    notice_consultation: str = Field(
        default="作出处罚决定的应急管理部门",
        min_length=1,
        max_length=200,
        description="Consultation channel (咨询渠道) printed on repair notices and reminders.",
    )
    notice_template: Path | None = Field(
        default=None,
        description="Word template of repair notices with the bureau's letterhead; it may use `title`, `paragraphs`, "
        "`authority` and `issued_on`. Unset: a plain layout.",
    )
