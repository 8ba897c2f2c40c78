"""How an entry of the audit trail looks in answers."""

from chalicelib.model.audit import AuditEntry
from chalicelib.model.instant import to_iso
from chalicelib.web.answer_shapes import AuditEntryAnswer


def audit_view(entry: AuditEntry) -> AuditEntryAnswer:
    """Fields with no value are null, never missing."""
    return {
        "id": entry.id,
        "at": to_iso(entry.at),
        "action": entry.act.value,
        "jobId": entry.job_id,
        "subject": entry.subject,
        "role": entry.role,
        "sourceIp": entry.source_ip,
        "requestId": entry.request_id,
        "before": entry.before,
        "after": entry.after,
        "result": entry.result,
    }
