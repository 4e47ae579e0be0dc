"""The algorithm profile `compatible`: nothing ssh-audit fails, and every client seen in the field still gets in.

Without chacha20 and CBC there is no Terrapin question (CVE-2023-48795). Encrypt-then-MAC comes first; the plain
SHA-2 MACs stay because libssh2 up to 1.10 (curl on Debian 12) has no others.
"""

from typing import Final

KEY_EXCHANGE: Final = (
    "mlkem768x25519-sha256",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
)
ENCRYPTION: Final = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr")
MAC: Final = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")
SIGNATURE: Final = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
RSA_HOST_KEY: Final = (b"rsa-sha2-512", b"rsa-sha2-256")
"""What an RSA host key signs with: `signature_algs` does not take SHA-1 away from the host key, this does."""
COMPRESSION: Final = ("none",)
