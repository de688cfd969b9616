"""The invented names of the sample company's people and customers. Nobody here exists."""

from __future__ import annotations

COMPANY = "Larkspur Lantern Works (sample)"
MAIL_DOMAIN = "larkspur.example"

# (real name, time zone, title). The first rows are the default cast; later people are combined from the lists below.
REPS = [
    ("Wren Quillfeather", "America/Los_Angeles", "Account Executive"),
    ("Otto Marrowby", "America/Los_Angeles", "Customer Success Manager"),
    ("Delphine Ashgrove", "America/New_York", "Account Executive"),
    ("Casper Thimblewick", "America/New_York", "Customer Success Manager"),
    ("Imogen Larkspire", "Europe/London", "Account Executive"),
    ("Barnaby Fernsby", "Europe/London", "Customer Success Manager"),
    ("Liesl Kupferkessel", "Europe/Berlin", "Account Executive"),
    ("Jonas Apfelbaumer", "Europe/Berlin", "Customer Success Manager"),
    ("Priya Saffronwala", "Asia/Kolkata", "Account Executive"),
    ("Dev Monsoonkar", "Asia/Kolkata", "Customer Success Manager"),
    ("Matilda Wattlebank", "Australia/Sydney", "Account Executive"),
    ("Banjo Billabongson", "Australia/Sydney", "Customer Success Manager"),
]
MANAGERS = [
    ("Marguerite Stonecastle", "America/New_York", "Head of Sales, Americas"),
    ("Ignatius Bellwether", "Europe/London", "Head of Sales, Europe and Asia-Pacific"),
]
ADMIN = ("Philippa Keyring", "Europe/London", "Operations")
UNMATCHED = ("Nolan Newcomer", "America/New_York", "Account Executive")
ARCHIVED_OWNER = ("Sabina Sabbatical", "Europe/Berlin", "Account Executive")
LEAVER = ("Gideon Goneaway", "Europe/London", "Account Executive")

ZONES = [
    "America/Los_Angeles",
    "America/New_York",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Australia/Sydney",
]

FIRST = [
    "Ambrose", "Beatrix", "Clementine", "Digby", "Eudora", "Fitzroy", "Greta", "Horatio", "Isolde", "Jasper",
    "Kestrel", "Lavinia", "Mortimer", "Nerys", "Octavia", "Peregrine", "Quentin", "Rosalind", "Septimus", "Tabitha",
    "Ursula", "Valentin", "Winifred", "Xanthe", "Yorick", "Zelda", "Anouk", "Bartholomew", "Cosima", "Dunstan",
    "Elowen", "Florian", "Gwendolyn", "Hamish", "Ianthe", "Jocasta", "Lysander", "Mirabel", "Nestor", "Odette",
]  # fmt: skip
LAST = [
    "Acornby", "Brambleworth", "Candlewick", "Dandelyon", "Elderberry", "Foxglover", "Gooseberry", "Hollowbrook",
    "Inkpen", "Juniperson", "Kettlewell-Spoon", "Lanternby", "Mapleseed", "Nettlefold", "Oatcake", "Pebblebank",
    "Quincewater", "Rookwood-Hill", "Snapdragon", "Teasel", "Umberfield", "Violetson", "Willowherb", "Yarrowby",
    "Zephyrine", "Ambergrove", "Birchbark", "Cloverleigh", "Dovecote", "Emberley",
]  # fmt: skip

# Accounts: first word × trade. 60 × 60 = 3,600 plain pairs; beyond that a town is added.
HOUSE = [
    "Acme", "Globex", "Initech", "Umbrella", "Hooli", "Vandelay", "Wonka", "Stark", "Soylent", "Tyrell",
    "Cyberdyne", "Gringotts", "Duff", "Oceanic", "Prestige", "Bluth", "Sterling", "Pied Piper", "Massive", "Monarch",
    "Aperture", "Abstergo", "Zorg", "Yoyodyne", "Weyland", "Virtucon", "Rekall", "Oscorp", "Nakatomi", "Momcorp",
    "Larch", "Kiwi", "Juniper", "Indigo", "Hazel", "Gopher", "Falcon", "Ember", "Dapple", "Copper",
    "Birch", "Anchor", "Zephyr", "Willow", "Velvet", "Umber", "Thistle", "Saffron", "Russet", "Quartz",
    "Pepper", "Opal", "Nutmeg", "Maple", "Lilac", "Kestrel", "Jasper", "Ivory", "Heron", "Garnet",
]  # fmt: skip
TRADE = [
    "Anvils", "Garden Gnomes", "Inkwells", "Umbrellas", "Hammocks", "Latex", "Lollipops", "Lanterns", "Pickles",
    "Spectacles", "Toasters", "Teapots", "Brewers", "Kites", "Buttons", "Bananas", "Archery", "Flutes", "Marbles",
    "Moths", "Portals", "Pendulums", "Zeppelins", "Yo-yos", "Wagons", "Vinegar", "Rugs", "Owls", "Noodles",
    "Mittens", "Ladders", "Kettles", "Jigsaws", "Igloos", "Hinges", "Gaskets", "Funnels", "Easels", "Doorbells",
    "Candles", "Bellows", "Abacuses", "Zithers", "Whistles", "Velcro", "Unicycles", "Trombones", "Sundials",
    "Rafts", "Quilts", "Puddings", "Oars", "Nets", "Mugs", "Lutes", "Keyrings", "Jars", "Ink", "Hats", "Gloves",
]  # fmt: skip
TOWN = [
    "North", "South", "East", "West", "Upper", "Lower", "Great", "Little", "Old", "New", "Far", "Near", "Inner",
    "Outer", "Royal", "Grand", "Twin", "Lone", "High", "Deep", "Bright", "Quiet", "Merry", "Brisk", "Amber", "Silver",
    "Golden", "Scarlet", "Azure", "Jade", "Coral", "Pearl", "Ruby", "Topaz", "Onyx", "Cobalt", "Crimson", "Ivy",
    "Fern", "Moss", "Reed", "Sage", "Basil", "Mint", "Clove", "Ginger", "Cedar", "Elm", "Oak", "Pine", "Ash", "Yew",
    "Alder", "Rowan", "Poplar", "Linden", "Aspen", "Beech", "Holly", "Laurel",
]  # fmt: skip

# Accounts that people can name in one word, by the place of their rep and their own place in that rep's book: the first
# rep's Acme, Globex (one open deal, in discovery) and Initech (an open deal and an open ticket); a colleague's account
# that begins like one of them; and a third rep with two that answer to one name.
KNOWN = {
    (0, 0): ("Acme", "acme.example"),
    (0, 5): ("Globex", "globex.example"),
    (0, 2): ("Initech", "initech.example"),
    # Whose first word these were takes the name that is now free.
    (0, 1): ("Vandelay Garden Gnomes", "vandelay-garden-gnomes.example"),
    (1, 1): ("Acme Harbour Supplies", "acme-harbour-supplies.example"),
    (2, 1): ("Wayne Textiles", "wayne-textiles.example"),
    (2, 2): ("Wayne Foundry", "wayne-foundry.example"),
}


def account_name(n: int) -> tuple[str, str]:
    """The n-th account's name and its domain, each unique for n below 216,000 and stable for ever."""
    house, trade = HOUSE[n % 60], TRADE[(n // 60 + 7 * (n % 60)) % 60]
    if n < 60:
        trade = TRADE[n]
    elif (n // 60 + 7 * (n % 60)) % 60 == n % 60 and n < 3600:
        # This pair was already given to one of the first sixty.
        return f"{house} & Daughters {trade}", f"{house}-daughters-{trade}-{n}.example".lower().replace(" ", "-")
    town = f"{TOWN[(n // 3600) % 60]} " if n >= 3600 else ""
    name = f"{town}{house} {trade}"
    return name, f"{name}-{n}.example".lower().replace(
        " ", "-"
    ) if n >= 60 else f"{house}-{trade}.example".lower().replace(" ", "-")


def main_contact(account: int) -> str:
    """The name of the person to talk to at the n-th account."""
    return person_name(account * 7 + 3)


def contact_email(name: str, number: int, domain: str) -> str:
    return f"{name.partition(' ')[0].lower()}.{number}@{domain}"


def person_name(n: int) -> str:
    """An invented person's name; unique for n below 1,200, then numbered."""
    first, last = FIRST[n % 40], LAST[(n // 40 + 11 * (n % 40)) % 30]
    return f"{first} {last}" if n < 1200 else f"{first} {last} {n // 1200 + 1}"
