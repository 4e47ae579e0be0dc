"""Words meant for people, wherever they stand in a document."""

from pydantic import Field

from gateway.canonical.values import Canonical, Code, Text


class Note(Canonical):
    """Words meant for people."""

    kind: Code | None = Field(None, description="What the note is about (X12 element 128).")
    reference: Text | None = Field(None, description="A number the note is filed under.")
    title: Text | None = Field(None, description="Its headline.")
    text: Text | None = Field(None, description="The words; lines of one note are joined by a line feed.")


class Comment(Canonical):
    """Words meant for people that no reference heads."""

    kind: Code | None = Field(None, description="What the words are about (X12 element 363).")
    text: Text = Field(description="The words.")
