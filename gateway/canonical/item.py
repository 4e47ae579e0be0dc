"""What a line is about: the article, its identifiers, its descriptions, measures and packs."""

from pydantic import Field

from gateway.canonical.values import Canonical, Code, Number, Text, Whole


class OtherNumber(Canonical):
    """A number of an article that has no field of its own."""

    kind: Code = Field(description="What the number is (X12 element 235).")
    value: Text | None = Field(None, description="The number as sent.")


class Identifiers(Canonical):
    """The names an article goes by. Each is kept as sent: check digits and leading zeros are not touched."""

    buyer_sku: Text | None = Field(
        None, description="The buyer's own number for the article, the one it is ordered by."
    )
    buyer_part_number: Text | None = Field(
        None, description="The buyer's part or drawing number, if besides `buyer_sku`."
    )
    buyer_catalog_number: Text | None = Field(
        None, description="The number in the buyer's catalogue, if besides `buyer_sku`."
    )
    vendor_sku: Text | None = Field(None, description="The seller's own number for the article.")
    vendor_part_number: Text | None = Field(None, description="The seller's part number, if besides `vendor_sku`.")
    vendor_catalog_number: Text | None = Field(
        None, description="The number in the seller's catalogue, if besides `vendor_sku`."
    )
    manufacturer_part_number: Text | None = Field(None, description="The maker's part number.")
    sku: Text | None = Field(None, description="A stock number whose owner the partner does not name.")
    upc: Text | None = Field(None, description="UPC of the consumer unit, 12 digits.")
    upc_case: Text | None = Field(None, description="UPC or EAN of the shipping case.")
    gtin: Text | None = Field(None, description="GTIN-14 of the trade unit ordered.")
    ean: Text | None = Field(None, description="EAN-13 of the consumer unit.")
    isbn: Text | None = Field(None, description="ISBN of a book.")
    other_numbers: tuple[OtherNumber, ...] = Field(
        (), description="Numbers of the article that have no field of their own."
    )


class Description(Canonical):
    """One thing said of an article."""

    form: Code | None = Field(None, description="Free text, coded or both (X12 element 349).")
    characteristic: Code | None = Field(None, description="What is described: our word, or X12 element 750.")
    agency: Code | None = Field(None, description="Whose list `code` is from (X12 element 559).")
    code: Code | None = Field(None, description="The description, in that agency's list.")
    text: Text | None = Field(None, description="The description in words.")


class Measurement(Canonical):
    """One measure of an article or of the whole order."""

    reference: Code | None = Field(None, description="What is measured (X12 element 737).")
    dimension: Code | None = Field(None, description="Which dimension: our word, or X12 element 738.")
    value: Number | None = Field(None, description="The measure, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `value`, `minimum` and `maximum`.")
    minimum: Number | None = Field(None, description="Smallest allowed measure.")
    maximum: Number | None = Field(None, description="Largest allowed measure.")


class Pack(Canonical):
    """How the article is packed: an outer pack holds inner packs."""

    packs: Whole | None = Field(
        None, description="Number of inner packs (or units, where there are none) in the outer pack."
    )
    inner_packs: Whole | None = Field(None, description="Number of units in one inner pack.")
    size: Number | None = Field(None, description="Size of one unit, in `size_unit`.")
    size_unit: Code | None = Field(None, description="Unit of `size`.")
    packaging: Code | None = Field(None, description="Kind of package (X12 element 103).")
    weight_kind: Code | None = Field(None, description="Kind of `weight` (X12 element 187).")
    weight: Number | None = Field(None, description="Gross weight of one outer pack, in `weight_unit`.")
    weight_unit: Code | None = Field(None, description="Unit of `weight`.")
    volume: Number | None = Field(None, description="Gross volume of one outer pack, in `volume_unit`.")
    volume_unit: Code | None = Field(None, description="Unit of `volume`.")
    length: Number | None = Field(None, description="Length of one outer pack, in `dimension_unit`.")
    width: Number | None = Field(None, description="Width of one outer pack, in `dimension_unit`.")
    height: Number | None = Field(None, description="Height of one outer pack, in `dimension_unit`.")
    dimension_unit: Code | None = Field(None, description="Unit of length, width and height.")


class Component(Identifiers):
    """One article inside a kit, assortment or prepack that is ordered as one line."""

    number: Text = Field(description="The partner's number of this component.")
    relationship: Code | None = Field(None, description="How it belongs to the line: our word, or X12 element 662.")
    quantity: Number | None = Field(None, description="How many of it one ordered unit of the line holds, in `unit`.")
    unit: Code | None = Field(None, description="Unit of `quantity`.")
    price: Number | None = Field(None, description="Price of the component, where the partner states one.")
    price_basis: Code | None = Field(None, description="What `price` is per: our word, or X12 element 639.")
    descriptions: tuple[Description, ...] = Field((), description="What is said of the component.")
