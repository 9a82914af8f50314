"""What operators watch about repair, one metric a guarantee."""

from prometheus_client import Counter, Gauge

MATERIALS = Gauge("repair_material_files", "Files of papers by what the scanner said of them", ["scan"])
MATERIALS_UNSCANNED_AGE = Gauge(
    "repair_materials_unscanned_age_seconds", "Since when the oldest paper waits for a scanner that is configured"
)
COMMITMENTS = Gauge("repair_commitments", "Written commitments in place of papers, by what became of them", ["state"])
OBJECTIONS_OPEN = Gauge("repair_objections_open", "Objections that are not settled", ["state"])
OBJECTIONS_OVERDUE = Gauge("g11_objections_overdue", "Objections whose limit for an answer is over")
OBJECTIONS_NEAR = Gauge("g11_objections_due_soon", "Objections whose limit ends within the next working day")
OBJECTIONS_ANSWERED = Counter("repair_objections_answered", "Objections answered", ["result", "in_time"])
REMINDERS_WAITING = Gauge("repair_reminders_waiting", "Deliveries of reminders that wait")
REMINDERS_FAILED = Gauge("repair_reminders_failed", "Deliveries of reminders that were given up and wait for a person")
REMINDERS_SENT = Counter("repair_reminders_sent", "Deliveries of reminders that a channel took", ["channel"])
REMINDER_ATTEMPTS_FAILED = Counter("repair_reminder_attempts_failed", "Attempts that no channel took", ["channel"])
LIMITS = Gauge("g10_repair_limits", "Running limits of repair applications", ["clock", "standing"])
WITHOUT_EFFECT = Gauge("g10_repairs_without_effect", "Approved repairs that some portal was not seen to obey yet")
REGRADINGS_OVERDUE = Gauge("g10_regradings_overdue", "Companies whose grade should have been looked at anew")
FIRST_PASS = Gauge(
    "repair_first_pass_ratio", "Share of judged papers of a year that were accepted without a supplement"
)
STEP_DAYS = Gauge("repair_step_working_days", "Working days from the step before, of a year", ["step", "measure"])
LIMITS_COMING = Gauge("repair_limits_coming", "Running limits that end within ten working days", ["clock"])
SUBJECTS_WITH_RECORDS = Gauge("repair_subjects_with_records_ratio", "Share of subjects with a record that is shown")
