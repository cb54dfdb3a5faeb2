"""The letters that each language is written with, as its speakers count them; small letters only.

Chinese, Japanese and Korean have none here: there the characters that occur are counted.
"""

_LATIN = "abcdefghijklmnopqrstuvwxyz"

ALPHABETS: dict[str, str] = {
    "en": _LATIN,
    "es": _LATIN + "áéíñóúü",
    "fr": _LATIN + "àâæçèéêëîïôùûüÿœ",
    "de": _LATIN + "äöüß",
    "it": _LATIN.translate(dict.fromkeys(map(ord, "jkwxy"))) + "àèéìòù",
    "pt": _LATIN + "àáâãçéêíóôõú",
    "pl": _LATIN.translate(dict.fromkeys(map(ord, "qvx"))) + "ąćęłńóśźż",
    "tr": _LATIN.translate(dict.fromkeys(map(ord, "qwx"))) + "çğıöşü",
    "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "nl": _LATIN,
    "cs": _LATIN.translate(dict.fromkeys(map(ord, "qw"))) + "áčďéěíňóřšťúůýž",
    "ar": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي",
    "hu": _LATIN.translate(dict.fromkeys(map(ord, "qwxy"))) + "yáéíóöőúüű",
    "hi": "अआइईउऊऋएऐओऔकखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहािीुूृेैोौंःँ्",
}
