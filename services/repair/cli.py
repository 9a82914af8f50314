"""`creditsync repair …`: applications and all that belongs to them, from a terminal on the machine of the service."""

import typer

from services.repair.applications.cli import app as applications
from services.repair.applications.desk_cli import app as desk
from services.repair.commitments.cli import app as commitments
from services.repair.figures.cli import app as figures
from services.repair.materials.cli import app as materials
from services.repair.measures.cli import app as measures
from services.repair.objections.cli import app as objections
from services.repair.objections.steps_cli import app as objection_steps
from services.repair.reminders.cli import app as reminders

app = typer.Typer(help="Repair (信用修复): applications, their limits and their effect.", no_args_is_help=True)
app.add_typer(applications)
app.add_typer(desk)
app.add_typer(materials)
app.add_typer(commitments)
app.add_typer(figures)
objections.add_typer(objection_steps)
app.add_typer(objections, name="objections")
app.add_typer(measures, name="measures")
app.add_typer(reminders, name="reminders")
