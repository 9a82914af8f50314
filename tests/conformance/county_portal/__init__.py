"""A fourth portal in one folder, as `docs/operations/add-a-portal.md` describes it: a county's own publicity page."""

from typing import cast

from shared.vocabulary import Portal

COUNTY = cast(Portal, "county_page")
"""Its name. A real one is a member of `Portal`."""
