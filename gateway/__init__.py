"""An EDI and B2B partner gateway: X12 documents in and out, mapped, delivered, acknowledged."""

__version__ = "0.1.0"
