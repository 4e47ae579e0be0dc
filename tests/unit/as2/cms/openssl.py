"""The `openssl cms` command as the other side."""

import subprocess
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.as2.cms.identity import KeyPair


class OpenSsl:
    """Runs the command in a folder that has the files of those it knows."""

    def __init__(self, folder: Path, **people: KeyPair) -> None:
        self.folder = folder
        for name, pair in people.items():
            (folder / f"{name}.crt").write_bytes(pair.certificate.public_bytes(Encoding.PEM))
            private = pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            (folder / f"{name}.key").write_bytes(private)

    def cms(self, *arguments: str, **files: bytes) -> bytes:
        """What it writes; `files` are there by their names. Fails with what it said."""
        for name, content in files.items():
            (self.folder / name).write_bytes(content)
        command = ["openssl", "cms", *arguments, "-binary"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, check=False)
        if done.returncode:
            raise AssertionError(f"{' '.join(command)}: {done.stderr.decode()}")
        return done.stdout

    def encrypt(self, content: bytes, *options: str, recipient: str) -> bytes:
        """EnvelopedData or AuthEnvelopedData, as `options` say; those of the key come last."""
        cipher = [option for option in options if option.startswith("-aes") or option == "-des3"]
        keyed = options[options.index("-keyopt") :] if "-keyopt" in options else ()
        others = [option for option in options if option not in cipher and option not in keyed]
        arguments = [*cipher, *others, "-recip", f"{recipient}.crt", *keyed]
        return self.cms("-encrypt", "-outform", "DER", "-in", "plain", *arguments, plain=content)

    def decrypt(self, message: bytes, *, recipient: str) -> bytes:
        """The content, or an AssertionError."""
        keys = ["-inkey", f"{recipient}.key", "-recip", f"{recipient}.crt"]
        return self.cms("-decrypt", "-inform", "DER", "-in", "message", *keys, message=message)

    def sign(self, content: bytes, digest: str, *options: str, signer: str) -> bytes:
        """SignedData; options of the key stand behind the signer."""
        keys = ["-signer", f"{signer}.crt", "-inkey", f"{signer}.key"]
        return self.cms("-sign", "-outform", "DER", "-md", digest, "-in", "plain", *keys, *options, plain=content)

    def verify(self, signature: bytes, content: bytes | None, *, signer: str) -> bytes:
        """The content that is signed, beside the signature (`content`) or in it; an AssertionError when it is not."""
        detached = ["-content", "plain"] if content is not None else []
        trust = ["-CAfile", f"{signer}.crt", "-certfile", f"{signer}.crt", "-purpose", "any"]
        files = {"signature": signature, "plain": content or b""}
        return self.cms("-verify", "-inform", "DER", "-in", "signature", *detached, *trust, **files)
