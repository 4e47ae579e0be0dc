"""What partners refused or noted before codes were kept with the document has them too."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

CODE = re.compile(r"[A-Za-z0-9]{1,4}")
LINES = sa.text(
    "select document.id, document.set_id, document.set_control_number, document.outbound_group_id,"
    " document.acknowledgement_detail, outbound_group.interchange_id from document"
    " join outbound_group on outbound_group.id = document.outbound_group_id"
    " where document.acknowledgement_detail <> '[]' and document.acknowledgement_detail not like '%\"codes\"%'"
)
ANSWERS = sa.text(
    "select kind, detail from received_acknowledgement where outbound_group_id = :group"
    " or (outbound_interchange_id = :interchange and kind = 'TA1') order by received_at desc, id desc"
)
SET = sa.text("update document set acknowledgement_detail = :lines where id = :id")
AGAIN = sa.text("update follower set position = 0 where name = 'business'")


def upgrade() -> None:
    """No table changes: codes come from the answers as they were kept. How documents fared is counted anew."""
    connection = op.get_bind()
    changed = 0
    for row in connection.execute(LINES).all():
        about = {"group": row.outbound_group_id, "interchange": row.interchange_id}
        answers = [(one.kind, json.loads(one.detail)) for one in connection.execute(ANSWERS, about)]
        lines = json.loads(row.acknowledgement_detail)
        for line in lines:
            if codes := _codes(line, answers, row.set_id, row.set_control_number):
                line["codes"] = codes
        if any("codes" in line for line in lines):
            connection.execute(SET, {"id": row.id, "lines": json.dumps(lines, separators=(",", ":"))})
            changed += 1
    if changed:
        connection.execute(AGAIN)


def _codes(line: Mapping[str, Any], answers: Sequence[tuple[str, Any]], set_id: str, number: str) -> str:
    """Those of the newest answer that says this line. Of two faults of one place the first is told first."""
    for kind, detail in answers:
        if found := _of_envelope(line, detail) if kind == "TA1" else _of_group(line, detail, set_id, number):
            return " ".join(found)
    return ""


def _of_envelope(line: Mapping[str, Any], detail: Mapping[str, Any]) -> list[str]:
    said = line["line"].startswith(f"interchange {detail['control_number']} was ")
    return _named("TA105", [detail["note"]]) if said else []


def _of_group(line: Mapping[str, Any], detail: Mapping[str, Any], set_id: str, number: str) -> list[str]:
    sets = [one for one in detail.get("sets", ()) if (one["set"], one["number"]) == (set_id, number)]
    faults = sets[0]["faults"] if sets else []
    if line.get("segment"):
        place = [line.get(name, 0) for name in ("segment", "position", "element")]
        for fault in faults:
            if [fault["segment"], fault["position"], fault["element"]] == place:
                faults.remove(fault)
                return _named("AK403" if fault["element"] else "AK304", [fault["code"]])
    elif line["line"].startswith(f"group {detail['functional_id']} {detail['control_number']} was "):
        return _named("AK905", detail["codes"])
    elif sets and line["line"].startswith(f"{set_id} {number} was "):
        # That segments are in error is said by the segments.
        return _named("AK502", [one for one in sets[0]["codes"] if one != "5" or not faults])
    return []


def _named(place: str, codes: Sequence[str]) -> list[str]:
    known = filter(CODE.fullmatch, codes)
    return [f"IK{place[2:]}:{one}" if one.startswith("I") else f"{place}:{one}" for one in known]
