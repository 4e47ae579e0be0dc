"""Who is told what happens: which events become which notices. Values and decisions; no I/O."""
