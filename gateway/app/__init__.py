"""The composition root: settings in, a wired gateway out. Nothing else constructs a client, a pool or a server."""
