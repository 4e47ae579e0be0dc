"""Commands: parse, call a core, the app or the pipeline, print. No logic here."""
