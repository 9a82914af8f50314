"""The settings by which portals are reached: one field for each that a portal states (`portals/NAME/portal.toml`)."""

from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, SecretStr, create_model, model_validator

from shared.portals import PortalSetting
from shared.settings import HouseSettings, Mode, variable
from shared.vocabulary import PORTAL_STATEMENTS, Portal

_STATED = {
    f"{portal}_{name}": setting
    for portal, stated in PORTAL_STATEMENTS.items()
    for name, setting in stated.settings.items()
}
_REQUIRED = [field for field, setting in _STATED.items() if setting.required]


class _Reaching(HouseSettings):
    """What does not depend on which portals there are."""

    sync_port: int = Field(default=8104, ge=1, le=65535, description="Port of sync.")

    def of_portal(self, portal: Portal) -> dict[str, str | None]:
        """The values by which a portal is reached, by the names of its statement; None where nothing is set."""
        return {name: _plain(getattr(self, f"{portal}_{name}")) for name in PORTAL_STATEMENTS[portal].settings}

    def address_of(self, portal: Portal) -> str:
        """Where the pages of a portal are."""
        return self.of_portal(portal)["url"] or ""

    @model_validator(mode="after")
    def _what_portals_need_in_production(self) -> Self:
        for field in _REQUIRED if self.mode is Mode.PRODUCTION else ():
            if field not in self.model_fields_set or not _plain(getattr(self, field)):
                raise ValueError(f"{variable(field)} is missing: production assumes nothing of how a portal is reached")
        return self


def _plain(value: str | SecretStr | None) -> str | None:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _field(stated: PortalSetting) -> Any:
    kind = str if stated.default is not None else (SecretStr if stated.secret else str) | None
    return kind, Field(default=stated.default, description=stated.description)


if TYPE_CHECKING:
    PortalSettings = _Reaching
else:
    PortalSettings = create_model(
        "PortalSettings", __base__=_Reaching, **{name: _field(one) for name, one in _STATED.items()}
    )
