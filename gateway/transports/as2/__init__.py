"""The AS2 door (RFC 4130): a listener and port of its own, and the client that sends what is ours.

The client:

    sender      one channel: the message of a file is made once, stored, and sent as often as it takes
    post        one POST; reach: which addresses it may go to
    judge       what an answer or a receipt means for the file; words: for people
    naming      Message-IDs, and what is noted of a message for when its receipt comes

What a message is, is known to `gateway.as2`, which has no sockets.
"""
