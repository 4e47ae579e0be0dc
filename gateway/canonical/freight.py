"""How goods travel and how they are packed and marked, as an order asks for it."""

from pydantic import Field

from gateway.canonical.values import Canonical, Code, Number, Text, Whole


class FreightTerms(Canonical):
    """Who pays the freight, and where title and risk pass."""

    payment: Code = Field(description="Who pays the freight: our word, or X12 element 146.")
    location_kind: Code | None = Field(None, description="Kind of `location` (X12 element 309).")
    location: Text | None = Field(None, description="The place the payment terms speak of.")
    fob_point: Code | None = Field(
        None, description="Where title passes, as grocers code it: our word, or X12 element 433."
    )
    trade_terms_source: Code | None = Field(None, description="Which rules `trade_terms` come from (X12 element 334).")
    trade_terms: Code | None = Field(None, description="Terms of delivery such as FOB or DDP (X12 element 335).")
    title_location_kind: Code | None = Field(None, description="Kind of `title_location` (X12 element 309).")
    title_location: Text | None = Field(None, description="Where title passes to the buyer.")
    risk: Code | None = Field(None, description="Who bears the risk of loss (X12 element 54).")
    risk_description: Text | None = Field(None, description="The risk of loss in the partner's words.")


class Routing(Canonical):
    """One leg of the way, or the carrier asked for."""

    sequence: Code | None = Field(None, description="Which leg this is (X12 element 133).")
    carrier_qualifier: Code | None = Field(None, description="Kind of `carrier`: scac, or X12 element 66.")
    carrier: Text | None = Field(None, description="Identifier of the carrier.")
    mode: Code | None = Field(None, description="Means of transport: our word, or X12 element 91.")
    instructions: Text | None = Field(None, description="Routing in the partner's words.")
    location_kind: Code | None = Field(None, description="Kind of `location` (X12 element 309).")
    location: Text | None = Field(None, description="Place this leg ends at or passes through.")
    service_level: Code | None = Field(None, description="Service asked of the carrier (X12 element 284).")


class Lading(Canonical):
    """A count of packages of one kind with their weight and volume, as stated for what it stands under."""

    packaging: Code | None = Field(None, description="Kind of package (X12 element 103), such as CTN25.")
    quantity: Whole | None = Field(None, description="Number of packages.")
    commodity_qualifier: Code | None = Field(None, description="Which list `commodity` is from (X12 element 23).")
    commodity: Text | None = Field(None, description="Commodity code, as a rule for the freight class.")
    description: Text | None = Field(None, description="What is in them, in words.")
    weight_kind: Code | None = Field(None, description="Kind of `weight` (X12 element 187).")
    weight: Number | None = Field(None, description="Weight of all of them together, in `weight_unit`.")
    weight_unit: Code | None = Field(None, description="Unit of `weight`.")
    volume: Number | None = Field(None, description="Volume of all of them together, in `volume_unit`.")
    volume_unit: Code | None = Field(None, description="Unit of `volume`.")


class Equipment(Canonical):
    """A trailer, container or car."""

    kind: Code | None = Field(None, description="Kind of equipment (X12 element 40).")
    initial: Text | None = Field(None, description="Owner's prefix of the equipment number.")
    number: Text | None = Field(None, description="Equipment number.")
    seal: Text | None = Field(None, description="Seal number.")


class Handling(Canonical):
    """Special or hazardous handling asked for."""

    special: Code | None = Field(None, description="Special handling (X12 element 152).")
    hazard_qualifier: Code | None = Field(None, description="Which list `hazard_class` is from (X12 element 208).")
    hazard_class: Text | None = Field(None, description="Hazardous material class.")
    description: Text | None = Field(None, description="The handling in the partner's words.")


class Packing(Canonical):
    """How goods are to be packed or marked."""

    form: Code | None = Field(None, description="Free text, coded or both (X12 element 349).")
    characteristic: Code | None = Field(None, description="What of the packing is described (X12 element 753).")
    agency: Code | None = Field(None, description="Whose list `code` is from (X12 element 559).")
    code: Code | None = Field(None, description="The packing, in that agency's list.")
    description: Text | None = Field(None, description="The packing in the partner's words.")
