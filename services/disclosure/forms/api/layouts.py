"""`/v1/form-layouts`: the words and columns of the official form, for whoever shows it elsewhere than on its sheet, and
the units that fill it in.
"""

from fastapi import APIRouter
from pydantic import BaseModel

from services.disclosure.forms.api.counting import Reader
from services.disclosure.forms.domain.form import JIANGSU, FormKind, unit_name
from services.disclosure.forms.domain.layout import load_layout
from shared.identifiers import cities

router = APIRouter(prefix="/v1", tags=["forms"])


class ColumnView(BaseModel):
    """One column; neighbours that are `grouped` stand under the common heading `group`."""

    key: str
    name: str
    grouped: bool


class UnitView(BaseModel):
    """A unit for which the form exists (填报单位)."""

    code: str
    name: str


class LayoutView(BaseModel):
    """`title` has places for `{unit}` and `{month}`; `due_day` is the last day of the month for handing it in."""

    form: FormKind
    version: str
    citation: str
    title: str
    header: list[str]
    columns: list[ColumnView]
    group: str
    total: str
    cutoff_day: int
    due_day: int
    units: list[UnitView]


@router.get("/form-layouts/{form}", summary="The words and columns of a monthly form")
async def get_layout(form: FormKind, _caller: Reader) -> LayoutView:
    """Changes only with the version of the form."""
    layout = load_layout()
    codes = [JIANGSU] if form is FormKind.B else [one.code for one in cities()]
    return LayoutView(
        form=form,
        version=layout.version,
        citation=layout.citation,
        title=layout.titles[form],
        header=list(layout.header),
        columns=[ColumnView(key=one.key, name=one.name, grouped=one.grouped) for one in layout.columns],
        group=layout.group,
        total=layout.total,
        cutoff_day=layout.cutoff_day,
        due_day=layout.due_days[form],
        units=[UnitView(code=code, name=unit_name(form, code) or code) for code in codes],
    )
