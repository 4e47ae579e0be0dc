"""The demo: a real gateway in a temporary home, and somebody who plays its partners with a real SFTP client."""
