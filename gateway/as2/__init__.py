"""AS2 as the standards have it (RFC 4130 and its kin): messages, receipts and their cryptography, as values.

A pure core: bytes are reached through `source.Source`, time and randomness are handed in, nothing is logged.
"""
