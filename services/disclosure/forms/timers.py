"""The level-driven job of the monthly forms: whoever has to file one is reminded."""

from services.disclosure.forms.remind import FormRoom, remind_of_forms
from shared.timers import Timer


def timers(room: FormRoom, every_seconds: float) -> list[Timer]:
    return [Timer("disclosure.form_reminders", every_seconds, lambda: remind_of_forms(room))]
