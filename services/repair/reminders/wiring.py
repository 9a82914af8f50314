"""What the parts of reminders are made of, from the settings. It decides nothing."""

from dataclasses import dataclass

from services.repair.reminders.channels import FileChannel, MailChannel, ReminderChannel, WebhookChannel
from services.repair.reminders.contacts import Ways
from services.repair.reminders.deliver import Postman
from services.repair.reminders.domain.notice import Channel
from services.repair.settings import RepairSettings
from shared.outbound.egress import Egress
from shared.outbound.mail import Mailer, MailServer
from shared.runtime import Ground
from shared.sealing import Sealer


@dataclass(frozen=True)
class Post:
    """A postman, and the connections that are closed with the process."""

    postman: Postman
    egress: Egress


def ways_of(settings: RepairSettings) -> Ways:
    """Which channels a contact may ask for."""
    return Ways(settings.egress_rules(), mail=settings.smtp_host is not None)


def post_of(settings: RepairSettings, ground: Ground) -> Post:
    """All channels of one process."""
    egress = Egress(settings.egress_rules())
    server = mail_server(settings)
    channels: dict[Channel, ReminderChannel] = {
        Channel.FILE: FileChannel(settings.data_dir / "reminders"),
        Channel.WEBHOOK: WebhookChannel(egress),
        Channel.EMAIL: MailChannel(Mailer(server, ground.clock) if server else None),
    }
    return Post(Postman(ground.database, ground.clock, Sealer(*settings.person_keys()), channels), egress)


def mail_server(settings: RepairSettings) -> MailServer | None:
    """The server that mail is handed to; None when none is configured."""
    if settings.smtp_host is None:
        return None
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_sender,
        starttls=settings.smtp_starttls,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
    )
