"""Years that were announced after the program was made, as `shared.calendars` keeps them in every service."""

from services.disclosure.tables import metadata
from shared.calendars.tables import calendar_years

calendar_year = calendar_years(metadata)
