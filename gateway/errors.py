"""The error tree. Bad data is a finding, never one of these: an error is what stops the work.

    GatewayError
    ├── UsageError            the caller asked for something that does not exist or cannot be    exit 2
    ├── NotInOrder            what was looked at is not as it has to be: nothing was done         exit 1
    ├── ConfigurationError    files under partners/ or mappings/ do not hold together            exit 1
    │   └── SettingsError     a GATEWAY_ variable is wrong, or leads nowhere                     exit 3
    ├── MachineError          disk, port, database: the machine refuses                          exit 3
    │   └── Collided          two wrote the same at once, and the database sent this one back    exit 3
    ├── PartnerError          what a partner sent or did
    │   ├── NotPermitted      the principal may not do this
    │   ├── TooLarge          over a size or count limit
    │   └── Conflict          the same message id with other bytes
    ├── Busy                  our backlog is over its limit: come again later
    └── BackendError          an ERP, WMS or other system of ours answered badly

Every class answers three questions: whose fault it is, whether the same call may be retried, and what the
partner is told (never more than that sentence).
"""

from typing import ClassVar, Literal

Fault = Literal["partner", "ours", "backend"]


class GatewayError(Exception):
    """Root of everything the gateway raises on purpose."""

    fault: ClassVar[Fault] = "ours"
    may_retry: ClassVar[bool] = False
    partner_sees: ClassVar[str] = "the gateway could not take this; it has been told to its operators"
    exit_code: ClassVar[int] = 3


class UsageError(GatewayError):
    """The caller named something that does not exist, or two options that exclude each other."""

    exit_code = 2


class NotInOrder(GatewayError):
    """What was looked at is not as it has to be for what was asked: nothing was done, or there is nothing to show."""

    exit_code = 1


class ConfigurationError(GatewayError):
    """Authored files do not hold together; the text carries one `file:line:column: CODE: sentence` per problem."""

    exit_code = 1


class SettingsError(ConfigurationError):
    """A setting, that is a `GATEWAY_` variable or its default, is wrong or leads nowhere: not what was authored."""

    exit_code = 3


class MachineError(GatewayError):
    """Disk, port, database or another process refuses; nothing in the data is wrong."""

    may_retry = True
    partner_sees = "the gateway cannot store documents now, send again later"


class Collided(MachineError):
    """Two wrote the same at once and the database sent this one back: nothing of it was done, all of it may be done
    again at once.
    """


class PartnerError(GatewayError):
    """Something a partner sent or did."""

    fault = "partner"
    partner_sees = "this was not accepted"
    exit_code = 1


class NotPermitted(PartnerError):
    """The principal may not do this."""

    partner_sees = "not permitted"


class TooLarge(PartnerError):
    """Over a size or count limit; the limit is in the text."""

    partner_sees = "larger than agreed"


class Conflict(PartnerError):
    """The same message id came before with other bytes."""

    partner_sees = "this message id was used before with other content"


class Busy(GatewayError):
    """The backlog is over its limit. `retry_after_seconds` says when to come again."""

    may_retry = True
    partner_sees = "busy, send again later"

    def __init__(self, text: str, *, retry_after_seconds: int = 5) -> None:
        super().__init__(text)
        self.retry_after_seconds = retry_after_seconds


class BackendError(GatewayError):
    """An ERP, WMS or other system of ours could not be used at all (a bad answer is a Reply, not an error)."""

    fault = "backend"
    may_retry = True
