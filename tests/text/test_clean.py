"""Texts as they are spoken: equal to the reference, and right where it fails."""

import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.text.goldens import ENCODED, GOLDENS, REFUSED, name
from xtts_studio.errors import StudioError, TextError
from xtts_studio.text import LANGUAGES, clean, language_of, numbers as numbers_module

NEEDS = {"zh": ["pypinyin"], "ja": ["cutlet", "unidic_lite"]}


def need(language: str) -> None:
    for library in NEEDS.get(language.split("-")[0], []):
        pytest.importorskip(library)


@pytest.mark.parametrize("case", ENCODED, ids=name)
def test_cleaning_equals_the_reference(case: dict[str, Any]) -> None:
    need(case["lang"])
    assert clean(case["text"], case["lang"]) == case["cleaned"]


def test_character_limits_are_the_models() -> None:
    assert {row.code: row.char_limit for row in LANGUAGES.values()} == GOLDENS["char_limits"]


# What the reference cannot say: it raises for each of these.
SPOKEN = {
    "Za 12,5 vteřiny. Mám 14% baterie, 1. května.": (
        "za dvanáct celá pět vteřiny. mám čtrnáct procento baterie, prvního května."
    ),
    "मेरे पास 14% बैटरी है।": "मेरे पास चौदह प्रतिशत बैटरी है।",
    "नमस्ते, 50 सैनिक थे। आप कैसे हैं?": "नमस्ते, पचास सैनिक थे। आप कैसे हैं?",
    "12.5 सेकंड में।": "बारह दशमलव पाँच सेकंड में।",
    "यह 100 रुपये नहीं, बल्कि एक कहानी है।": "यह एक सौ रुपये नहीं, बल्कि एक कहानी है।",
}


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_what_the_reference_refuses_is_spoken(case: dict[str, Any]) -> None:
    assert clean(case["text"], case["lang"]) == SPOKEN[case["text"]]


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("0", "शून्य"),
        ("99", "निन्यानवे"),
        ("1,23,456", "एक लाख तेईस हज़ार चार सौ छप्पन"),
        ("1234567890", "एक अरब तेईस करोड़ पैंतालीस लाख सड़सठ हज़ार आठ सौ नब्बे"),
        ("३.१४", "तीन दशमलव एक चार"),
        ("₹500", "पाँच सौ रुपये"),
        ("$20.15", "बीस डॉलर पंद्रह सेंट"),
        ("1st", "पहला"),
    ],
)
def test_hindi_numbers(text: str, spoken: str) -> None:
    assert clean(text, "hi") == spoken


def test_hindi_has_a_name_of_its_own_for_each_number_below_a_hundred() -> None:
    assert len({clean(str(number), "hi") for number in range(100)}) == 100


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Je 1. května a 31. prosince.", "je prvního května a třicátého prvního prosince."),
        ("Byl 3. v cíli.", "byl třetí v cíli."),
        ("19. století", "devatenáctý století"),
        ("100. výročí", "stý výročí"),
        ("125. závod", "sto dvacátý pátý závod"),
        ("Bylo to v roce 1999. Potom", "bylo to v roce tisíc devětset devadesát devět. potom"),
        ("Je jich 25.", "je jich dvacet pět."),
    ],
)
def test_czech_ordinals_and_years(text: str, spoken: str) -> None:
    assert clean(text, "cs") == spoken


def test_czech_says_every_day_of_a_month() -> None:
    days = {clean(f"{day}. května", "cs") for day in range(1, 32)}
    assert len(days) == 31
    assert all(day.endswith("ho května") for day in days)


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        ("de", "Es kostet 20.", "es kostet zwanzig."),  # no ordinal: the sentence ends here
        ("it", "La Sig.ra Bianchi", "la signora bianchi"),
        ("zh", "他有20000元和2个苹果", "ta1you3liang3wan4yuan2he2er4ge4ping2guo3"),
        ("zh", "1/3的人,10050年,$20", "san1fen1zhi1yi1de5ren2,yi1wan4ling2wu3shi2nian2,er4shi2mei3yuan2"),
        ("ar", "٥٠", "خمسون"),
        ("en", "9" * 40, " ".join(["nine"] * 40)),
        ("en", "10" + "0" * 4999, " ".join(["one", *["zero"] * 5000])),
        ("ko", "값이 100원", "gabs-i baeg-won"),
    ],
)
def test_other_texts_the_reference_says_badly_or_not_at_all(language: str, text: str, spoken: str) -> None:
    need(language)
    assert clean(text, language) == spoken


@pytest.mark.parametrize("code", ["zh-cn", "zh", "ZH_CN", "pt-br"])
def test_a_region_is_ignored(code: str) -> None:
    assert language_of(code).code == code[:2].lower()


def test_an_unknown_language_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(TextError) as error:
        clean("Hej", "xx")
    assert "'xx'" in error.value.message
    assert "zh-cn" in error.value.hint


@pytest.mark.parametrize(
    ("text", "language", "spoken"),
    [("Hej, 12 Båtar!", "sv", "hej, tolv båtar!"), ("Є 3  човни.", "uk", "є три човни."), ("12 ខ", "km", "12 ខ")],
)
def test_a_language_that_a_model_may_be_taught_is_cleaned_plainly(text: str, language: str, spoken: str) -> None:
    """Lower case, and numbers in words where somebody has written them; else the digits stay."""
    assert clean(text, language) == spoken


@pytest.mark.parametrize(
    ("language", "library", "text", "extra"),
    [
        ("zh", "pypinyin", "你好", "chinese"),
        ("ja", "cutlet", "今日", "japanese"),
        ("en", "num2words", "7", "num2words"),
    ],
)
def test_a_missing_library_is_an_error_that_says_what_to_install(
    language: str, library: str, text: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xtts_studio.text import chinese, japanese

    for cached in (chinese._pypinyin, japanese._cutlet, numbers_module._speller, numbers_module._cardinal):
        cached.cache_clear()
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(StudioError) as error:
        clean(text, language)
    assert library in error.value.message
    assert extra in error.value.hint


def test_importing_the_package_imports_neither_torch_nor_the_libraries_of_single_languages() -> None:
    libraries = "{'torch', 'tokenizers', 'cutlet', 'pypinyin', 'num2words'}"
    code = f"import sys, xtts_studio.text; print(sorted({libraries} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text() | st.text(alphabet="0123456789.,-$£€%/:° 年元个 aоर", max_size=60))
def test_any_text_can_be_cleaned(language: str, text: str) -> None:
    need(language)
    assert "\n" not in clean(text, language) or language == "ja"


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"ja", "zh", "ko", "hi"}))
@settings(max_examples=40, deadline=None)
@given(text=st.text(alphabet='abcd 12,. $%&\n"'))
def test_cleaning_twice_changes_nothing(language: str, text: str) -> None:
    """Data sets store cleaned text and the tokenizer cleans again."""
    once = clean(text, language)
    if not any(map(str.isdigit, once)):
        assert clean(once, language) == once.lower()  # num2words writes "Dollar"


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"ja", "zh", "ko"}))
def test_a_book_is_cleaned_in_a_moment(language: str) -> None:
    book = "Dr. Novak paid $1,234.50 for 12 books & 3 maps on the 21st of May 1999. " * 1400
    started = time.process_time()
    assert len(clean(book, language)) > 100_000
    assert time.process_time() - started < 4


@pytest.mark.parametrize(
    "text", ["7" * 100_000, "1," * 50_000, "1." * 50_000, "$" * 100_000, " " * 100_000, "." * 100_000 + "x"]
)
def test_no_text_takes_quadratic_time(text: str) -> None:
    started = time.process_time()
    clean(text, "de")
    assert time.process_time() - started < 4
