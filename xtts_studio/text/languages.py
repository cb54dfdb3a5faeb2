"""The 17 languages of XTTS v2, one row each: all that normalisation and splitting have to know about them.

The model was trained on texts that were normalised in just this way (abbreviations, symbols and number forms of the
reference), so the words here are part of the model; they are not ours to improve at will.
"""

from dataclasses import dataclass, field

from xtts_studio.errors import TextError
from xtts_studio.shapes import TEACHABLE


@dataclass(frozen=True)
class Language:
    """What is particular to a language.

    `code` as used in tables, `tag` as in the vocabulary ("[en]"); `char_limit` characters are the most that the model
    speaks well in one go. `ordinal_endings` is a regular expression for what follows the digits of an ordinal number;
    with `dot_ordinals`, "3." before another word is one as well.
    """

    code: str
    char_limit: int
    symbols: dict[str, str]
    abbreviations: dict[str, str] = field(default_factory=dict)
    ordinal_endings: str = ""
    dot_ordinals: bool = False
    comma_groups: bool = False
    """Thousands are grouped by commas, not by dots."""
    cents_joint: str = ", "
    """What num2words puts between the units and the cents of an amount of money."""
    silent_dots: tuple[str, ...] = ()
    """Further abbreviations, without their dot, after which a sentence goes on."""

    @property
    def tag(self) -> str:
        return "zh-cn" if self.code == "zh" else self.code


SYMBOLS = "&@%#$£°"


def _spoken(*words: str) -> dict[str, str]:
    """The words for `SYMBOLS`, in that order."""
    return dict(zip(SYMBOLS, words, strict=True))


_ROWS = (
    Language(
        "en",
        250,
        _spoken("and", "at", "percent", "hash", "dollar", "pound", "degree"),
        {
            "mr.": "mister",
            "mrs.": "misess",
            "dr.": "doctor",
            "drs.": "doctors",
            "rev.": "reverend",
            "hon.": "honorable",
            "st.": "saint",
            "jr.": "junior",
            "esq.": "esquire",
            "gen.": "general",
            "maj.": "major",
            "col.": "colonel",
            "capt.": "captain",
            "lt.": "lieutenant",
            "sgt.": "sergeant",
            "ft.": "fort",
            "co.": "company",
            "ltd.": "limited",
        },
        ordinal_endings="st|nd|rd|th",
        comma_groups=True,
        silent_dots=("ms", "prof", "sr", "vs", "fig", "gov", "sen", "rep", "messrs", "cf", "mt"),
    ),
    Language(
        "es",
        239,
        _spoken("y", "arroba", "por ciento", "numeral", "dolar", "libra", "grados"),
        {
            "sr.": "señor",
            "sra.": "señora",
            "dr.": "doctor",
            "dra.": "doctora",
            "st.": "santo",
            "jr.": "junior",
            "co.": "compañía",
            "ltd.": "limitada",
        },
        ordinal_endings="º|ª|er|o|a|os|as",
        cents_joint=" con ",
        silent_dots=("srta", "ud", "uds", "pág", "núm", "prof", "gral", "p.ej"),
    ),
    Language(
        "fr",
        273,
        _spoken("et", "arobase", "pour cent", "dièse", "dollar", "livre", "degrés"),
        {
            "mr.": "monsieur",
            "mme.": "madame",
            "dr.": "docteur",
            "st.": "saint",
            "jr.": "junior",
            "co.": "compagnie",
            "ltd.": "limitée",
        },
        ordinal_endings="º|ª|er|re|e|ème",
        cents_joint=" et ",
        silent_dots=("mm", "mlle", "cf", "p.ex", "av", "ste"),
    ),
    Language(
        "de",
        253,
        _spoken("und", "at", "prozent", "raute", "dollar", "pfund", "grad"),
        {"fr.": "frau", "dr.": "doktor", "st.": "sankt", "co.": "firma", "jr.": "junior"},
        ordinal_endings="st|nd|rd|th|º|ª",
        dot_ordinals=True,
        cents_joint=" und ",
        silent_dots=("hr", "prof", "nr", "bzw", "ca", "vgl", "str", "tel", "evtl", "ggf", "inkl"),
    ),
    Language(
        "it",
        213,
        _spoken("e", "chiocciola", "per cento", "cancelletto", "dollaro", "sterlina", "gradi"),
        {
            "sig.ra": "signora",
            "sig.": "signore",
            "dr.": "dottore",
            "st.": "santo",
            "jr.": "junior",
            "co.": "compagnia",
            "ltd.": "limitata",
        },
        ordinal_endings="º|°|ª|o|a|i|e",
        cents_joint=" e ",
        silent_dots=("dott", "prof", "avv", "ing", "pag", "n", "sigg", "cfr"),
    ),
    Language(
        "pt",
        203,
        _spoken("e", "arroba", "por cento", "cardinal", "dólar", "libra", "graus"),
        {
            "sr.": "senhor",
            "sra.": "senhora",
            "dr.": "doutor",
            "dra.": "doutora",
            "st.": "santo",
            "jr.": "júnior",
            "co.": "companhia",
            "ltd.": "limitada",
        },
        ordinal_endings="º|ª|o|a|os|as",
        cents_joint=" e ",
        silent_dots=("srta", "prof", "profa", "pág", "núm"),
    ),
    Language(
        "pl",
        224,
        _spoken("i", "małpa", "procent", "krzyżyk", "dolar", "funt", "stopnie"),
        {"p.": "pani", "m.": "pan", "dr.": "doktor", "sw.": "święty", "jr.": "junior"},
        ordinal_endings="º|ª|st|nd|rd|th",
        silent_dots=("prof", "np", "tzn", "tzw", "ul", "nr", "m.in", "św"),
    ),
    Language(
        "tr",
        226,
        _spoken("ve", "at", "yüzde", "diyez", "dolar", "sterlin", "derece"),
        {"b.": "bay", "byk.": "büyük", "dr.": "doktor"},
        ordinal_endings="inci|nci|uncu|üncü",
        dot_ordinals=True,
        silent_dots=("prof", "doç", "sn", "cad", "sok"),
    ),
    Language(
        "ru",
        182,
        _spoken("и", "собака", "процентов", "номер", "доллар", "фунт", "градус"),
        {"г-жа": "госпожа", "г-н": "господин", "д-р": "доктор"},
        ordinal_endings="-й|-я|-е|-ое|-ье|-го",
        comma_groups=True,
        silent_dots=("ул", "стр", "проф", "руб", "коп"),
    ),
    Language(
        "nl",
        251,
        _spoken("en", "bij", "procent", "hekje", "dollar", "pond", "graden"),
        {"dhr.": "de heer", "mevr.": "mevrouw", "dr.": "dokter", "jhr.": "jonkheer"},
        ordinal_endings="de|ste|e",
        silent_dots=("mw", "prof", "ir", "drs", "nr", "bijv", "bv", "ca", "blz"),
    ),
    Language(
        "cs",
        186,
        _spoken("a", "na", "procento", "křížek", "dolar", "libra", "stupně"),
        {"dr.": "doktor", "ing.": "inženýr", "p.": "pan"},
        dot_ordinals=True,
        silent_dots=("mgr", "prof", "doc", "mudr", "tzv", "např", "tj", "č", "str", "ul", "sv"),
    ),
    Language(
        "ar",
        166,
        _spoken("و", "على", "في المئة", "رقم", "دولار", "جنيه", "درجة"),
        ordinal_endings="ون|ين|ث|ر|ى",
    ),
    Language(
        "zh",
        82,
        _spoken("和", "在", "百分之", "号", "美元", "英镑", "度"),
    ),
    Language(
        "hu",
        224,
        _spoken("és", "kukac", "százalék", "kettőskereszt", "dollár", "font", "fok"),
        {"dr.": "doktor", "b.": "bácsi", "nőv.": "nővér"},
        ordinal_endings="adik|edik|odik|ödik|ödike|ik",
        dot_ordinals=True,
        silent_dots=("prof", "ifj", "id", "özv", "pl", "stb", "kb", "ún", "ill"),
    ),
    Language(
        "ko",
        95,
        _spoken("그리고", "에", "퍼센트", "번호", "달러", "파운드", "도"),
        ordinal_endings="번째|번|차|째",
    ),
    Language(
        "ja",
        71,
        {},
    ),
    Language(
        "hi",
        150,
        _spoken("और", "ऐट दी रेट", "प्रतिशत", "हैश", "डॉलर", "पाउंड", "डिग्री"),
        ordinal_endings="st|nd|rd|th",
        silent_dots=("डॉ", "श्री", "प्रो"),
    ),
)

LANGUAGES: dict[str, Language] = {row.code: row for row in _ROWS}
"""What XTTS v2 speaks as it is published."""

_OTHERS = {code: Language(code, 150, {}) for code in TEACHABLE}
"""Languages that a model can be taught with entries of its own in the vocabulary. The model tells which it knows."""


def language_of(code: str) -> Language:
    """The language of a code; a region after a hyphen is ignored ("zh-cn" -> zh).

    Raises `TextError` for what is no language that XTTS v2 speaks or could be taught.
    """
    short = code.strip().lower().replace("_", "-").split("-")[0]
    found = LANGUAGES.get(short) or _OTHERS.get(short)
    if found is None:
        known = ", ".join(row.tag for row in _ROWS)
        raise TextError(f"The language {code[:20]!r} is not one that XTTS v2 speaks.", hint=f"Use one of {known}.")
    return found
