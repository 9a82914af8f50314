"""When a form is due and when its filler is reminded: on the last working day before (question Q12). Pure.

"前" is read as inclusive and the due day is not shifted by a weekend. Which day it is stands in the layout. Serves G16.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.disclosure.forms.domain.form import JIANGSU, FormKind
from shared.workdays import WorkCalendar

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FormDuty:
    """One form of one unit for one statistical month."""

    form: FormKind
    unit: str
    month: str
    due_on: date
    remind_on: date


def duties_of(
    day: date, units: Iterable[str], due_days: Mapping[str, int], calendar: WorkCalendar
) -> Iterator[FormDuty]:
    """What is due in the month of this day: form B for the province, form A for every other unit."""
    for unit in units:
        form = FormKind.B if unit == JIANGSU else FormKind.A
        due_on = day.replace(day=due_days[form])
        yield FormDuty(form, unit, f"{day:%Y-%m}", due_on, working_day_before(due_on, calendar))


def is_to_be_reminded(duty: FormDuty, day: date) -> bool:
    """From the day of the reminder to the due day: a house that slept on the first still reminds."""
    return duty.remind_on <= day <= duty.due_on


def working_day_before(day: date, calendar: WorkCalendar) -> date:
    """The last working day before a day."""
    before = day - _ONE_DAY
    while not calendar.is_working_day(before):
        before -= _ONE_DAY
    return before
