"""The catalogue of everything that the audit log can say: one name an act, the same in code, log and interface (G14).

A name is `what.happened`, in the past tense. A new act gets a new line here; a stored name never changes its meaning.
"""

from enum import StrEnum
from types import MappingProxyType


class Action(StrEnum):
    """What was decided or changed (留痕事项)."""

    BATCH_JUDGED = "batch.judged"
    RECORD_WITHDRAWN = "record.withdrawn"
    RECORD_CHANGED = "record.changed"
    RECORD_CORRECTED = "record.corrected"
    QUARANTINE_OPENED = "quarantine.opened"
    ORIGINAL_OPENED = "original.opened"
    SOURCE_MAP_SET = "source_map.set"
    DUTIES_SET = "duties.set"
    SUBJECT_STATUS_TAKEN = "subject_status.taken"
    QUARANTINE_DECIDED = "quarantine.decided"
    DATA_SHARING_SIGNED = "data_sharing.signed"
    DATA_SHARING_NOTED = "data_sharing.noted"
    IDENTITY_DECIDED = "identity.decided"
    PROVINCIAL_LIST_TAKEN = "provincial_list.taken"
    PERMISSION_CATALOGUE_TAKEN = "permission_catalogue.taken"
    PUBLICATIONS_JUDGED = "publications.judged"
    FACTS_CONFIRMED = "facts.confirmed"
    DISPLAY_DECIDED = "display.decided"
    PACKS_ADOPTED = "packs.adopted"
    CALENDAR_YEAR_LOADED = "calendar_year.loaded"
    PUBLICATIONS_RETOLD = "publications.retold"
    LIST_ENTRIES_RETOLD = "list_entries.retold"
    ORDERS_REPEATED = "orders.repeated"
    DECIDED_COMPARED = "decided.compared"
    WINDOWS_EXPIRED = "windows.expired"
    DISPLAY_ENDED_BY_WITHDRAWAL = "display.ended_by_withdrawal"
    DISPLAY_ENDED_BY_REPAIR = "display.ended_by_repair"
    CAMPAIGN_FORMED = "campaign.formed"
    CAMPAIGN_TOOK_DOWN = "campaign.took_down"
    CAMPAIGN_CONTACT_LOGGED = "campaign.contact_logged"
    PERFORMANCE_STATED = "performance.stated"
    ENFORCEMENT_OPENED = "enforcement.opened"
    ENFORCEMENT_CLOSED = "enforcement.closed"
    LIST_STEP_TAKEN = "list_step.taken"
    LIST_ENTRIES_EXPIRED = "list_entries.expired"
    TALK_NOTED = "talk.noted"
    NOTICE_DELIVERED = "notice.delivered"
    REPAIR_FILED = "repair.filed"
    REPAIR_DECIDED = "repair.decided"
    REPAIR_STEP_TAKEN = "repair_step.taken"
    REPAIR_ASSIGNED = "repair.assigned"
    REPAIR_REVOKED = "repair.revoked"
    REPAIRS_LAPSED = "repairs.lapsed"
    REPAIRS_EFFECTIVE = "repairs.effective"
    REPAIRS_CLOSED = "repairs.closed"
    REPAIR_LIMITS_NEAR = "repair_limits.near"
    REPAIR_LIMITS_MISSED = "repair_limits.missed"
    REGRADING_DONE = "regrading.done"
    MATERIAL_HANDED_IN = "material.handed_in"
    MATERIAL_TAKEN_BACK = "material.taken_back"
    MATERIAL_OPENED = "material.opened"
    MATERIALS_FORGOTTEN = "materials.forgotten"
    MATERIALS_SCANNED = "materials.scanned"
    COMMITMENT_TAKEN = "commitment.taken"
    COMMITMENTS_BREACHED = "commitments.breached"
    MEASURE_NOTED = "measure.noted"
    MEASURES_ENDED = "measures.ended"
    MEASURE_END_TOLD = "measure.end_told"
    OBJECTION_FILED = "objection.filed"
    OBJECTION_STEP_TAKEN = "objection.step_taken"
    OBJECTION_SETTLED = "objection.settled"
    SANCTION_UNDONE = "sanction.undone"
    CONTACT_ENTERED = "contact.entered"
    CONTACT_REMOVED = "contact.removed"
    REMINDERS_TAKEN = "reminders.taken"
    REMINDERS_RETRIED = "reminders.retried"
    RECONCILIATION_REQUESTED = "reconciliation.requested"
    RECONCILIATION_ENDED = "reconciliation.ended"
    RECONCILIATION_GIVEN_UP = "reconciliation.given_up"
    MENDING_PROPOSED = "mending.proposed"
    MENDING_DECIDED = "mending.decided"
    MENDING_FINISHED = "mending.finished"
    MENDS_ORDERED = "mends.ordered"
    ORDERS_RETRIED = "orders.retried"
    ORDERS_SET_ASIDE = "orders.set_aside"
    ORDER_AMENDED = "order.amended"
    ENTRIES_RETIRED = "entries.retired"
    LOOK_REQUESTED = "look.requested"
    CHANNEL_STOPPED = "channel.stopped"
    CHANNEL_STARTED = "channel.started"
    ABSENCE_OBSERVED = "absence.observed"
    CERTIFICATE_ISSUED = "certificate.issued"
    DISPLAY_RESTORED = "display.restored"
    SUBSCRIBER_ENTERED = "subscriber.entered"
    SUBSCRIBER_CHANGED = "subscriber.changed"
    SUBSCRIBER_KEY_ROTATED = "subscriber.key_rotated"
    SUBSCRIBER_PAUSED = "subscriber.paused"
    SUBSCRIBER_RESUMED = "subscriber.resumed"
    SUBSCRIBER_TESTED = "subscriber.tested"
    SUBSCRIBER_REMOVED = "subscriber.removed"
    DELIVERIES_REPLAYED = "deliveries.replayed"
    PARKED_EVENT_OPENED = "parked_event.opened"
    PARKED_EVENTS_RETRIED = "parked_events.retried"
    PARKED_EVENTS_DISCARDED = "parked_events.discarded"
    DEAD_LETTERS_REPLAYED = "dead_letters.replayed"
    DEAD_LETTERS_DISCARDED = "dead_letters.discarded"
    RULES_PUT_IN_FORCE = "rules.put_in_force"
    CALL_TAKEN = "call.taken"


MEANINGS = MappingProxyType(
    {
        Action.BATCH_JUDGED: "A batch was taken in; each row got its verdict (入库).",
        Action.RECORD_WITHDRAWN: "An authority withdrew its decision (撤回).",
        Action.RECORD_CHANGED: "An authority changed its decision (变更).",
        Action.RECORD_CORRECTED: "A record was corrected after an objection was upheld (更正).",
        Action.QUARANTINE_OPENED: "A person looked at the cells of a quarantined row (待核).",
        Action.SOURCE_MAP_SET: "The authoritative systems of a kind of record were set (数据来源清单).",
        Action.DUTIES_SET: "It was settled which department answers for what (职责分工).",
        Action.ORIGINAL_OPENED: "The texts of a row as they were sent were opened (调阅原文).",
        Action.SUBJECT_STATUS_TAKEN: "Registry statuses of subjects were taken (登记状态).",
        Action.QUARANTINE_DECIDED: "A person decided about rows that waited for one (待核).",
        Action.DATA_SHARING_SIGNED: "An officer signed off a day of the data-sharing list (数据共享清单).",
        Action.DATA_SHARING_NOTED: "A ticket or the rhythm of a source was set (数据共享异常).",
        Action.IDENTITY_DECIDED: "A person accepted or rejected a proposed alias (疑似同一).",
        Action.PROVINCIAL_LIST_TAKEN: "A provincial list was imported or its comparison asked for (名单比对).",
        Action.PERMISSION_CATALOGUE_TAKEN: "A version of the permission catalogue was published (行政权限目录清单).",
        Action.PUBLICATIONS_JUDGED: "Windows and display of records were decided by the law in force (公示期).",
        Action.FACTS_CONFIRMED: "A person stated facts about a record (人工确认).",
        Action.DISPLAY_DECIDED: "A person allowed or refused the display of a record (审慎适度).",
        Action.PACKS_ADOPTED: "Other policy packs were put in force (启用规则包).",
        Action.CALENDAR_YEAR_LOADED: "The working days of a year were loaded (放假安排).",
        Action.PUBLICATIONS_RETOLD: "What is shown was told once more to the other services (补告).",
        Action.LIST_ENTRIES_RETOLD: "Entries of the serious list were told once more to the other services (补告).",
        Action.ORDERS_REPEATED: "Orders that a service had not heard were given once more, as they were (补发指令).",
        Action.DECIDED_COMPARED: "Wanted states were to be compared with what disclosure decided (告知核对).",
        Action.WINDOWS_EXPIRED: "Publications were taken down on their day (公示期满).",
        Action.DISPLAY_ENDED_BY_WITHDRAWAL: "Publications were taken down because the decision was withdrawn (撤回).",
        Action.DISPLAY_ENDED_BY_REPAIR: "Publications were taken down because a repair was approved (信用修复).",
        Action.CAMPAIGN_FORMED: "The list of a clean-up campaign was formed (集中清理).",
        Action.CAMPAIGN_TOOK_DOWN: "A previewed batch of a campaign was approved and taken down.",
        Action.CAMPAIGN_CONTACT_LOGGED: "A contact with a subject was logged.",
        Action.PERFORMANCE_STATED: "It was stated whether penalties were performed (履行情况).",
        Action.ENFORCEMENT_OPENED: "Tasks were opened for penalties that left the public unperformed (执行督办).",
        Action.ENFORCEMENT_CLOSED: "Tasks for enforcement were closed (督办办结).",
        Action.LIST_STEP_TAKEN: "A step on an entry of the serious list (严重失信主体名单).",
        Action.LIST_ENTRIES_EXPIRED: "Entries of the serious list ended on their day.",
        Action.TALK_NOTED: "A talk with a subject was noted (警示约谈).",
        Action.NOTICE_DELIVERED: "The delivery of a notice was noted (送达).",
        Action.REPAIR_FILED: "A repair was applied for (申请信用修复).",
        Action.REPAIR_DECIDED: "A repair application was decided.",
        Action.REPAIR_STEP_TAKEN: "A step on a repair application: acceptance, supplement, review, service.",
        Action.REPAIR_ASSIGNED: "An application was given to somebody to handle (办理人).",
        Action.REPAIR_REVOKED: "A repair that false papers had obtained was revoked (撤销修复).",
        Action.REPAIRS_LAPSED: "Repair applications lapsed: nothing was supplemented in time (逾期未补正).",
        Action.REPAIRS_EFFECTIVE: "Approved repairs were seen to have taken effect on every portal (已生效).",
        Action.REPAIR_LIMITS_NEAR: "Limits of repair applications are about to be missed (临期提醒).",
        Action.REPAIR_LIMITS_MISSED: "Limits of repair applications were missed (超期).",
        Action.REGRADING_DONE: "A subject was graded anew after a repair (分级调整).",
        Action.MATERIAL_HANDED_IN: "A paper was handed in for a repair application (提交材料).",
        Action.MATERIALS_FORGOTTEN: "Papers were removed because the term for keeping them is over (保存期限届满).",
        Action.MATERIAL_TAKEN_BACK: "A paper was taken back before the decision (撤回材料).",
        Action.MATERIAL_OPENED: "Somebody was given a link to a paper (调阅材料).",
        Action.MATERIALS_SCANNED: "The scanner found malware in papers (病毒扫描).",
        Action.COMMITMENT_TAKEN: "A written commitment was taken in place of missing papers (容缺受理).",
        Action.COMMITMENTS_BREACHED: "Commitments were not kept in time (违反承诺).",
        Action.MEASURE_NOTED: "It was noted to whom a record was told, or which sanction stands on it (联合惩戒).",
        Action.MEASURES_ENDED: "Sharing and sanctions that stood on records ended (解除惩戒).",
        Action.MEASURE_END_TOLD: "Whoever had been told of a record was told that it is over.",
        Action.REPAIRS_CLOSED: "Repair cases were closed, their records seen to be gone everywhere (办结).",
        Action.OBJECTION_FILED: "An objection was filed and the record marked (提出异议, 异议标注).",
        Action.OBJECTION_STEP_TAKEN: "A person took a step on an objection (异议处理).",
        Action.OBJECTION_SETTLED: "The remedy of an upheld objection was carried out, or could not be (更正).",
        Action.SANCTION_UNDONE: "A wrong sanction was undone and its holder told (解除错误惩戒).",
        Action.CONTACT_ENTERED: "A contact for reminders was entered (联系人名册).",
        Action.CONTACT_REMOVED: "A contact for reminders was removed.",
        Action.REMINDERS_TAKEN: "Reminders that repair became possible were taken for delivery (修复提醒).",
        Action.REMINDERS_RETRIED: "A person ordered failed reminders to be delivered once more.",
        Action.RECONCILIATION_REQUESTED: "A reconciliation was asked for (对账).",
        Action.RECONCILIATION_ENDED: "A reconciliation ended.",
        Action.RECONCILIATION_GIVEN_UP: "A person gave up a reconciliation (中止对账).",
        Action.MENDING_PROPOSED: "A person proposed mending that a run had left to people (提请修正).",
        Action.MENDING_DECIDED: "Another person approved or rejected proposed mending (审批).",
        Action.MENDING_FINISHED: "Approved mending was carried out, each difference looked at once more.",
        Action.MENDS_ORDERED: "Orders were repeated to make a portal agree again (修正).",
        Action.ORDERS_RETRIED: "A person ordered anew what a portal had refused or not obeyed (重新下达).",
        Action.ORDERS_SET_ASIDE: "A person set orders aside (暂不处理).",
        Action.ORDER_AMENDED: "A person put other words into what one portal is sent of a record (订正).",
        Action.ENTRIES_RETIRED: "An amendment changed keys at a portal; the old entries have to go (旧条目).",
        Action.LOOK_REQUESTED: "A person asked for a look at a record (重新核验).",
        Action.CHANNEL_STOPPED: "The orders to a portal were stopped (停用通道).",
        Action.CHANNEL_STARTED: "The orders to a portal were started again (启用通道).",
        Action.ABSENCE_OBSERVED: "Records were seen to be gone from a portal (核验).",
        Action.CERTIFICATE_ISSUED: "A take-down certificate was issued (下线证明).",
        Action.DISPLAY_RESTORED: "What wrong packs had hidden was shown again (恢复公示).",
        Action.SUBSCRIBER_ENTERED: "A subscriber was entered (新增订阅方).",
        Action.SUBSCRIBER_CHANGED: "What a subscriber is told, or where, was changed.",
        Action.SUBSCRIBER_KEY_ROTATED: "A subscriber was given a new key (轮换密钥).",
        Action.SUBSCRIBER_PAUSED: "A subscriber was paused, by a person or because its endpoint failed (暂停推送).",
        Action.SUBSCRIBER_RESUMED: "A subscriber was sent everything that waited (恢复推送).",
        Action.SUBSCRIBER_TESTED: "A subscriber was sent a test event.",
        Action.SUBSCRIBER_REMOVED: "A subscriber was removed (注销订阅方).",
        Action.DELIVERIES_REPLAYED: "Deliveries were ordered to be sent once more (重投).",
        Action.PARKED_EVENT_OPENED: "A person looked at an event that was set aside (搁置的事件).",
        Action.PARKED_EVENTS_RETRIED: "Events that were set aside were sent back to their queue (放回队列).",
        Action.PARKED_EVENTS_DISCARDED: "Events that were set aside were discarded without effect (作废).",
        Action.DEAD_LETTERS_REPLAYED: "Dead letters were sent back to their queue (死信重投).",
        Action.DEAD_LETTERS_DISCARDED: "Dead letters were destroyed without effect (死信作废).",
        Action.RULES_PUT_IN_FORCE: "A process started with rule files that were not in force before (启用规则文件).",
        Action.CALL_TAKEN: "A changing call took effect that no other entry of its transaction names.",
    }
)
