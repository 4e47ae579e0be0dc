"""Who is named in a document: organisations and places, their people, and the references they know us by."""

from pydantic import Field

from gateway.canonical.values import Canonical, Code, Number, Text


class Reference(Canonical):
    """One number or name that identifies something, with what kind of number it is."""

    kind: Code = Field(description="What the number identifies (X12 element 128).")
    value: Text | None = Field(None, description="The number as sent, leading zeros kept.")
    description: Text | None = Field(None, description="Free text beside or in place of the number.")


class Contact(Canonical):
    """A person or desk, and how to reach it."""

    function: Code | None = Field(None, description="What the contact is for: our word, or X12 element 366.")
    name: Text | None = Field(None, description="Name of the person or desk.")
    telephone: Text | None = Field(None, description="Telephone number as sent.")
    fax: Text | None = Field(None, description="Fax number as sent.")
    email: Text | None = Field(None, description="E-mail address as sent.")


class Party(Canonical):
    """An organisation or place in one role. The role is the field it stands in."""

    name: Text | None = Field(None, description="Name, first line.")
    name2: Text | None = Field(None, description="Name, second line: a division, a person, an attention line.")
    name3: Text | None = Field(None, description="Name, third line.")
    name4: Text | None = Field(None, description="Name, fourth line.")
    name5: Text | None = Field(None, description="Name, fifth line.")
    id: Text | None = Field(
        None, description="The partner's identifier of this party, of the kind `id_qualifier` says."
    )
    id_qualifier: Code | None = Field(None, description="Kind of `id`: our word, or X12 element 66.")
    address1: Text | None = Field(None, description="Street address, first line.")
    address2: Text | None = Field(None, description="Street address, second line.")
    address3: Text | None = Field(None, description="Street address, third line.")
    address4: Text | None = Field(None, description="Street address, fourth line.")
    city: Text | None = Field(None, description="City.")
    state: Text | None = Field(None, description="State or province code as sent.")
    postal_code: Text | None = Field(None, description="Postal code as sent.")
    country: Text | None = Field(None, description="Country code as sent; absent says nothing about the country.")
    contacts: tuple[Contact, ...] = Field((), description="People and desks at this party.")
    references: tuple[Reference, ...] = Field((), description="References that hold for this party only.")


class OtherParty(Party):
    """A party in a role that has no field of its own."""

    role: Code = Field(description="The role: our word, or X12 element 98.")


class LineShipTo(Party):
    """A place that one line goes to, with its share of the line."""

    quantity: Number | None = Field(None, description="How much of the line goes there, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `quantity`; absent means the line's own unit.")
