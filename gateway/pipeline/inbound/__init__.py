"""Inbound: receive -> unseal (parse, validate, acknowledge, split) -> translate -> deliver."""
