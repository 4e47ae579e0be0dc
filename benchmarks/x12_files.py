"""X12 to measure with: interchanges of 850s and of 835s, made here, the same for the same number.

An 850 has 61 segments and about 1.76 KB, so that 2,000 of them are 3.5 MB. Numbers, prices, quantities and texts change
from order to order; partners, units and kinds of dates and references do not, as with real partners.
"""

import sys
from collections.abc import Iterator
from random import Random

THINGS = ("BOLT", "WASHER", "LADLE", "KETTLE", "HINGE", "GASKET", "CLAMP", "BRACKET", "VALVE", "SPINDLE", "FUNNEL")
ADJECTIVES = ("STEEL", "ENAMEL", "BRASS", "OAK", "COPPER", "ZINC", "NYLON", "CAST IRON", "PLATED", "BLUE")
UNITS = ("EA", "EA", "EA", "CA", "DZ", "BX")
LINES = 14

DIFFERENT = 2_000
"""Orders that are made anew; from there on only their numbers are."""


def order(number: int) -> str:
    """One 850 of 61 segments, ST to SE, without line ends."""
    chance = Random(number)  # the same order for the same number
    day = f"2026{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    head = (
        f"ST*850*{number:09}~BEG*00*SA*{71_000_000 + number}**{day}~CUR*BY*USD~REF*IA*{chance.randint(10000, 99999)}~"
        f"REF*DP*{chance.randint(1, 400):03}~PER*BD*J. ALVARADO*TE*{chance.randint(2000000000, 9999999999)}~"
        f"FOB*PP*OR~ITD*08*3*2**10**30~DTM*010*{day}~DTM*001*2027{day[4:]}~TD5*O*2*QZXF*M*ROUTING GUIDE 9~"
        f"N1*ST*ACME DISTRIBUTION CENTER {number % 40}*92*DC{number % 40:02}~N3*{chance.randint(1, 9999)} SHORE ROAD~"
        "N4*JOLIET*IL*60432*US~N1*BY*ACME RETAIL*92*ACME~N1*BT*ACME RETAIL PAYABLES*92*B01~"
    )
    lines = "".join(_line(position, chance) for position in range(1, LINES + 1))
    return (
        f"{head}{lines}CTT*{LINES}~AMT*TT*{chance.randint(1000, 99999)}.{chance.randint(0, 99):02}~SE*61*{number:09}~"
    )


def _line(position: int, chance: Random) -> str:
    price = f"{chance.randint(1, 200)}.{chance.randint(0, 99):02}"
    item = (
        f"{chance.choice(ADJECTIVES)} {chance.choice(THINGS)} {chance.randint(2, 60)} MM, {chance.randint(1, 9)} A CARD"
    )
    return (
        f"PO1*{position}*{chance.randint(1, 400)}*{chance.choice(UNITS)}*{price}**"
        f"UP*{chance.randint(10**11, 10**12 - 1)}*VN*HP-{chance.randint(1000, 9999)}~"
        f"PID*F****{item}~PO4*{chance.choice((1, 4, 6, 12, 24))}*1*EA~"
    )


def orders(count: int) -> Iterator[str]:
    """An interchange with one group of 850s, in pieces. After `DIFFERENT` orders the same come again."""
    yield (
        "ISA*00*          *00*          *ZZ*ACMERETAIL     *ZZ*HARBORPINE     *260102*0915*U*00401*000000001*0*P*>~"
        "GS*PO*ACMERETAIL*HARBORPINE*20260102*0915*1*X*004010~"
    )
    known: list[str] = []
    for number in range(1, count + 1):
        if number <= DIFFERENT:
            whole = order(number)
            known.append(whole[len("ST*850*000000000") : whole.rindex("*")])
        yield f"ST*850*{number:09}{known[(number - 1) % DIFFERENT]}*{number:09}~"
    yield f"GE*{count}*1~IEA*1*000000001~"


def remittances(count: int) -> str:
    """An interchange with 835s of 5010X221A1, what pyx12 has a map for: 35 segments each."""
    sets = "".join(_remittance(number) for number in range(1, count + 1))
    return (
        "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PAYEE          *260102*0915*^*00501*000000001*0*P*:~"
        f"GS*HP*PAYER*PAYEE*20260102*0915*1*X*005010X221A1~{sets}GE*{count}*1~IEA*1*000000001~"
    )


def _remittance(number: int) -> str:
    chance = Random(number)
    claims = "".join(_claim(position, chance) for position in range(1, 5))
    return (
        f"ST*835*{number:04}~BPR*I*400*C*CHK************20260102~TRN*1*{10000 + number}*1999999999~DTM*405*20260102~"
        "N1*PR*GOOD PAYER~N3*1 MAIN STREET~N4*JOLIET*IL*60432~PER*BL*HELP DESK*TE*8005550100~"
        "N1*PE*GOOD CLINIC*XX*1234567893~N3*2 MAIN STREET~N4*JOLIET*IL*60432~REF*TJ*123456789~"
        f"LX*1~{claims}SE*34*{number:04}~"
    )


def _claim(position: int, chance: Random) -> str:
    return (
        f"CLP*PC{position}{chance.randint(100, 999)}*1*100*100**12*{chance.randint(10**9, 10**10)}*11*1~"
        f"NM1*QC*1*DOE*J{'ABCD'[position - 1]}****MI*{chance.randint(10**8, 10**9)}~"
        "DTM*232*20251220~SVC*HC:99213*100*100**1~DTM*472*20251220~"
    )


if __name__ == "__main__":
    for piece in orders(int(sys.argv[1])):
        sys.stdout.write(piece)
