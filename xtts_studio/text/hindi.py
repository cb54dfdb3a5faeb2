# ruff: noqa: SIM905  (tables of words read better as text)
"""Hindi numbers in words. Every number below a hundred has its own name; above, they are put together."""

from decimal import Decimal

BELOW_100 = (
    "शून्य एक दो तीन चार पाँच छह सात आठ नौ "
    "दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस "
    "बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस "
    "तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस "
    "चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास "
    "पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ "
    "साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर "
    "सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उन्यासी "
    "अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी "
    "नब्बे इक्यानवे बानवे तिरानवे चौरानवे पचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे"
).split()
_SCALES = ((10**9, "अरब"), (10**7, "करोड़"), (10**5, "लाख"), (1000, "हज़ार"), (100, "सौ"))
_ORDINALS = {1: "पहला", 2: "दूसरा", 3: "तीसरा", 4: "चौथा", 6: "छठा"}
_MONEY = {"USD": ("डॉलर", "सेंट"), "GBP": ("पाउंड", "पेंस"), "EUR": ("यूरो", "सेंट"), "INR": ("रुपये", "पैसे")}


class Hindi:
    """Speaks numbers in Hindi, with the same methods as `numbers.Speller`."""

    def cardinal(self, number: int) -> str:
        """1234567 -> बारह लाख चौंतीस हज़ार पाँच सौ सड़सठ."""
        words: list[str] = []
        for scale, name in _SCALES:
            count, number = divmod(number, scale)
            if count:
                words += [self.cardinal(count), name]
        if number or not words:
            words.append(BELOW_100[number])
        return " ".join(words)

    def decimal(self, digits: str) -> str:
        """12.5 -> बारह दशमलव पाँच; digits behind the point are read one by one."""
        whole, _, behind = digits.partition(".")
        return " ".join([self.cardinal(int(whole)), "दशमलव", *(BELOW_100[int(digit)] for digit in behind)])

    def ordinal(self, number: int) -> str:
        return _ORDINALS.get(number) or self.cardinal(number) + "वाँ"

    def money(self, amount: Decimal, currency: str) -> str:
        """12.50 USD -> बारह डॉलर पचास सेंट."""
        unit, cent = _MONEY[currency]
        cents = int(amount * 100) % 100
        words = f"{self.cardinal(int(amount))} {unit}"
        return f"{words} {self.cardinal(cents)} {cent}" if cents else words
