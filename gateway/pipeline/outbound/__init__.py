"""Outbound: collect (our system hands in a document) -> translate -> seal -> send."""
