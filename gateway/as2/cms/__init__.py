"""Cryptographic Message Syntax (RFC 5652, 5083, 3274) as AS2 uses it: signing, encrypting, compressing.

`cryptography` does the cryptography; the ASN.1 around it is read and written here, DER and BER, in streams.
"""
