"""Telling others what happens: programs by signed webhooks, people by mail; what is to be told stands in the outbox."""
