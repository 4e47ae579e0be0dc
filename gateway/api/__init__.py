"""The HTTP door for partners' programs: transmissions in, mailbox out, health. Documented in `docs/api.md`."""
