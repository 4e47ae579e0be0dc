"""Our own systems: one adapter per kind of system on one port, and a pretend ERP to try things on."""
