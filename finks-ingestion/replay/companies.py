"""Public facts about the replayed companies, as they stood in early 2013.

Sources: the annual reports for 2012 (10-K) and the cover pages of the quarterly reports that
followed. Shares outstanding count all classes, in millions. `lastDividend` is the sum of the
four quarters before March 2013 (three for Apple, which began to pay in August 2012). FMP's
`beta` is null here: it needs a market index, which the price file does not have.

Google's only listed class was GOOG until April 2014; GOOGL did not exist yet.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Company:
    """What `profile` says about a company beyond its prices, under FMP's field names."""

    companyName: str  # noqa: N815 - the fields below carry FMP's names, so that none is mapped
    exchangeFullName: str  # noqa: N815
    exchange: str
    cik: str
    isin: str
    cusip: str
    sector: str
    industry: str
    website: str
    description: str
    ceo: str
    fullTimeEmployees: str  # noqa: N815
    phone: str
    address: str
    city: str
    state: str
    zip: str
    ipoDate: str  # noqa: N815
    shares_outstanding: int
    last_dividend: float
    currency: str = "USD"
    country: str = "US"


_NASDAQ = ("NASDAQ Global Select", "NASDAQ")
_NYSE = ("New York Stock Exchange", "NYSE")
_MILLION = 1_000_000

COMPANIES: dict[str, Company] = {
    "AAPL": Company(
        "Apple Inc.",
        *_NASDAQ,
        cik="0000320193",
        isin="US0378331005",
        cusip="037833100",
        sector="Technology",
        industry="Consumer Electronics",
        website="http://www.apple.com",
        description=(
            "Apple Inc. designs, manufactures and markets mobile communication and media "
            "devices, personal computers and portable digital music players, and sells related "
            "software, services, peripherals, networking solutions and third-party digital "
            "content and applications."
        ),
        ceo="Timothy D. Cook",
        fullTimeEmployees="72800",
        phone="408 996 1010",
        address="1 Infinite Loop",
        city="Cupertino",
        state="CA",
        zip="95014",
        ipoDate="1980-12-12",
        shares_outstanding=939 * _MILLION,
        last_dividend=7.95,
    ),
    "FB": Company(
        "Facebook, Inc.",
        *_NASDAQ,
        cik="0001326801",
        isin="US30303M1027",
        cusip="30303M102",
        sector="Communication Services",
        industry="Internet Content & Information",
        website="http://www.facebook.com",
        description=(
            "Facebook, Inc. builds products that let people connect, share, discover and "
            "communicate with each other on mobile devices and personal computers, and earns "
            "most of its revenue from advertising."
        ),
        ceo="Mark Zuckerberg",
        fullTimeEmployees="4619",
        phone="650 543 4800",
        address="1601 Willow Road",
        city="Menlo Park",
        state="CA",
        zip="94025",
        ipoDate="2012-05-18",
        shares_outstanding=2_372 * _MILLION,
        last_dividend=0,
    ),
    "GOOG": Company(
        "Google Inc.",
        *_NASDAQ,
        cik="0001288776",
        isin="US38259P5089",
        cusip="38259P508",
        sector="Communication Services",
        industry="Internet Content & Information",
        website="http://www.google.com",
        description=(
            "Google Inc. is a technology company that earns most of its revenue from online "
            "advertising on its search engine, its other properties and the sites of its "
            "network members; since 2012 it also owns Motorola Mobility."
        ),
        ceo="Larry Page",
        fullTimeEmployees="53861",
        phone="650 253 0000",
        address="1600 Amphitheatre Parkway",
        city="Mountain View",
        state="CA",
        zip="94043",
        ipoDate="2004-08-19",
        shares_outstanding=330 * _MILLION,
        last_dividend=0,
    ),
    "IBM": Company(
        "International Business Machines Corporation",
        *_NYSE,
        cik="0000051143",
        isin="US4592001014",
        cusip="459200101",
        sector="Technology",
        industry="Information Technology Services",
        website="http://www.ibm.com",
        description=(
            "International Business Machines Corporation provides information technology "
            "services, software, systems and financing to enterprises and governments worldwide."
        ),
        ceo="Virginia M. Rometty",
        fullTimeEmployees="434246",
        phone="914 499 1900",
        address="1 New Orchard Road",
        city="Armonk",
        state="NY",
        zip="10504",
        ipoDate="1962-01-02",
        shares_outstanding=1_117 * _MILLION,
        last_dividend=3.4,
    ),
    "MSFT": Company(
        "Microsoft Corporation",
        *_NASDAQ,
        cik="0000789019",
        isin="US5949181045",
        cusip="594918104",
        sector="Technology",
        industry="Software - Infrastructure",
        website="http://www.microsoft.com",
        description=(
            "Microsoft Corporation develops, licenses and supports software, services and "
            "hardware: among them Windows, Office, server products, online services and the "
            "Xbox 360."
        ),
        ceo="Steven A. Ballmer",
        fullTimeEmployees="94000",
        phone="425 882 8080",
        address="One Microsoft Way",
        city="Redmond",
        state="WA",
        zip="98052",
        ipoDate="1986-03-13",
        shares_outstanding=8_370 * _MILLION,
        last_dividend=0.86,
    ),
}
