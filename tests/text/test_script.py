"""Texts as scripts: whatever is typed becomes words that fit the model and pauses in order, or a clear message."""

import time
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.shared import shared
from tests.text.test_clean import need
from xtts_studio.errors import TextError
from xtts_studio.text import LANGUAGES
from xtts_studio.text.clean import clean, spell_out
from xtts_studio.text.japanese import spell_numbers
from xtts_studio.text.script import Pause, Script, Words, parse
from xtts_studio.text.tokenizer import MOST_IDS, Tokenizer

ALL = sorted(LANGUAGES)
ODD = "ab 1290$%.,。?!()[]{}\"“”«'’-—…\n\ud800\u200d\u200b\u202e\0\u0301дあ字값न😀🇩🇪½ﬁ→*_#"
TEXTS = st.text(max_size=900) | st.text(alphabet=ODD, max_size=900)
MARKS = st.sampled_from(
    ["[pause 500ms]", "[PAUSE 1.5s]", "[pause]", "[pause 90s]", "[pause x]", "[pause", "\n\n", "No. "]
)
WITH_MARKS = st.lists(TEXTS | MARKS, max_size=8).map("".join)

REAL = {
    "ar": "ذهب الولد إلى المدرسة في الصباح. قال: «أهلاً وسهلاً!» ثم عاد إلى البيت، وكان الجو حاراً جداً.",
    "cs": "Mám 12,5 kg jablek. Dr. Novák řekl: „Přijďte 1. května.“ A tak jsme šli domů – pomalu, ale jistě.",
    "de": "Am 1. Mai kam Hr. Müller, z.B. mit Nr. 5. „Guten Tag“, sagte er. Es kostet 20€, nicht 30 Mark.",
    "en": "Dr. Jones paid $20 on the 21st of May. “Why?” she asked. It's 3.5 miles (about 5.6 km) to the U.S. border.",
    "es": "¿Qué hora es? Son las 3 de la tarde. ¡Vamos! La Dra. Ruiz pagó 15€ por el libro.",
    "fr": "M. Dupont est arrivé à 8 h. « Bonjour ! » dit-il. L’été dernier, il a payé 12,50€ pour l'œuvre.",
    "hi": "नमस्ते, 50 सैनिक थे। आप कैसे हैं? यह 100 रुपये नहीं, बल्कि एक कहानी है।",
    "hu": "Dr. Kovács 1999-ben jött. „Jó napot!” – mondta. Az 5. emeleten lakik, és 20 könyve van.",
    "it": "La Sig.ra Bianchi ha 35 anni. «Come stai?» chiese. L'ho pagato 12 euro, non di più.",
    "ja": "今日はいい天気です。「公園に行きましょう」と彼は言った。それは100円です!本当?",
    "ko": "안녕하세요. 오늘은 날씨가 좋네요. “정말요?” 그는 3번 물었다. 값이 100원이에요.",
    "nl": "Dhr. De Vries betaalde 20 euro. „Waarom?” vroeg zij. Het is de 3e keer, zei mevr. Jansen.",
    "pl": "Prof. Nowak kupił 12 książek. „Dzień dobry” – powiedział. To było w 1999 roku, np. w maju.",
    "pt": "O Sr. Silva pagou 20 euros. “Por quê?” perguntou ela. É a 1ª vez, disse a Dra. Costa.",
    "ru": "Д-р Иванов заплатил 20 рублей. «Почему?» — спросила она. Это было в 1999 г. и стоило 5 руб.",
    "tr": "Dr. Yılmaz 20 lira ödedi. “Neden?” diye sordu. İstanbul'da 3. kattaydı.",
    "zh": "今天天气很好。他说:“我们去公园吧!”这本书20元,是2024年买的。",
}


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(shared("parity/vocab.json"))


def heard(text: str) -> str:
    """Letters and digits, in the plain spelling."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isalnum())


def as_written(text: str, language: str) -> str:
    """The text as its pieces write it: in Japanese, numbers become kanji and accents go."""
    return spell_numbers(text).replace("é", "e") if language == "ja" else text


def words(script: Script) -> list[Words]:
    return [part for part in script.parts if isinstance(part, Words)]


def shape(script: Script) -> list[str | int]:
    return [part.ms if isinstance(part, Pause) else part.text for part in script.parts]


def check(script: Script, language: str, tokenizer: Tokenizer) -> None:
    """What holds for every script."""
    limit = LANGUAGES[language].char_limit
    for part in words(script):
        assert 0 < len(part.ids) <= MOST_IDS
        assert len(spell_out(part.text, language)) <= limit
        assert len(part.text) < limit
        assert "\n" not in part.text
        whole = part.text.lower() if language == "ja" else part.text
        assert tokenizer.split(part.text, language) == [part.text]
        assert tokenizer.encode(whole, language) == part.ids
    for before, after in zip(script.parts, script.parts[1:], strict=False):
        assert not (isinstance(before, Pause) and isinstance(after, Pause))
    assert all(0 < part.ms <= 60_000 for part in script.parts if isinstance(part, Pause))
    assert script.notices == list(dict.fromkeys(script.notices))


@pytest.mark.parametrize("language", ALL)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(text=WITH_MARKS, split=st.booleans(), sentence_pause_ms=st.sampled_from([0, 300]))
def test_any_text_gives_words_that_fit_or_a_message(
    language: str, text: str, split: bool, sentence_pause_ms: int, tokenizer: Tokenizer
) -> None:
    need(language)
    try:
        script = parse(text, language, tokenizer, split=split, sentence_pause_ms=sentence_pause_ms)
    except TextError:
        return
    check(script, language, tokenizer)
    assert parse(text, language, tokenizer, split=split, sentence_pause_ms=sentence_pause_ms) == script


@pytest.mark.parametrize("language", ALL)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="abc de 1290.,!?()'’—\n½ﬁé", min_size=1, max_size=1500))
def test_no_letter_and_no_digit_is_lost(language: str, text: str, tokenizer: Tokenizer) -> None:
    need(language)
    try:
        script = parse(text, language, tokenizer)
    except TextError:
        assert not any(char in heard(text) for char in "abcde0123456789")
        return
    assert heard("".join(part.text for part in words(script))) == heard(as_written(text, language))


@pytest.mark.parametrize("language", ALL)
def test_a_real_text_is_spoken_as_if_it_were_never_cut(language: str, tokenizer: Tokenizer) -> None:
    need(language)
    paragraph = " ".join([REAL[language]] * 6)
    script = parse(f"{paragraph}\n\n{REAL[language]}", language, tokenizer)
    check(script, language, tokenizer)
    pieces = [clean(part.text, language) for part in words(script)]
    assert len(pieces) >= 3
    assert heard("".join(pieces)) == heard(clean(as_written(f"{paragraph} {REAL[language]}", language), language))
    unknown = [notice for notice in script.notices if "doesn't know" in notice]
    assert not unknown or language == "hi"  # the vocabulary of the tests has no Devanagari


@pytest.mark.parametrize("language", ALL)
@pytest.mark.parametrize("text", ["", " \n", "...", "— — !?", "🙂🙂", "[pause 1s]", "\0\x1b", "\u200b\u202e", "((()))"])
def test_nothing_to_speak_is_told(language: str, text: str, tokenizer: Tokenizer) -> None:
    need(language)
    with pytest.raises(TextError, match="nothing in it"):
        parse(text, language, tokenizer)


@pytest.mark.parametrize("language", ALL)
@pytest.mark.parametrize("text", ["a", "7", "x" * 3000, "9" * 3000, "字" * 3000, "مرحبا שלום hello Привет 你好 😀 1"])
def test_one_character_or_one_endless_word_or_many_scripts(language: str, text: str, tokenizer: Tokenizer) -> None:
    need(language)
    if text.startswith("字") and language not in ("zh", "ja", "hi"):  # the vocabulary of the tests has no Devanagari
        with pytest.raises(TextError) as told:
            parse(text, language, tokenizer)
        assert "can't be spoken in this language" in told.value.hint
    else:
        check(parse(text, language, tokenizer), language, tokenizer)


@pytest.mark.parametrize("language", ALL)
@pytest.mark.parametrize("name", ["book", "word", "dots", "brackets", "emoji", "accents", "lines", "digits"])
def test_a_hundred_thousand_characters_take_linear_time(language: str, name: str, tokenizer: Tokenizer) -> None:
    need(language)
    book = {
        "book": (REAL[language] * 2000)[:100_000],
        "word": "x" * 100_000,
        "dots": "." * 100_000 + "x",
        "brackets": "([{ " * 25_000 + "x",
        "emoji": "😀" * 99_999 + "x",
        "accents": "x" + "\u0301" * 100_000,
        "lines": "x\n\n" * 33_333,
        "digits": "7" * 100_000,
    }[name]
    started = time.process_time()
    script = parse(book, language, tokenizer)
    assert time.process_time() - started < 6  # about a second where nothing else runs
    assert words(script)


def test_pauses_are_kept_in_order(tokenizer: Tokenizer) -> None:
    text = "One. [pause 500ms] Two. [PAUSE 1.5s]\n\nThree. [ pause ] Four, [pause: 2 s] five. [pause 3,5sec]"
    told = shape(parse(text, "en", tokenizer, sentence_pause_ms=200))
    assert told == ["One.", 500, "Two.", 1500, "Three.", 500, "Four,", 2000, "five.", 3500]


def test_an_empty_line_is_a_pause_and_others_give_way_to_marks(tokenizer: Tokenizer) -> None:
    text = "A title\n\n \n\nA line\nand its end. [pause 100ms]\n\nNext.[pause 1s][pause 2s]Last.\n\n* * *\n\n"
    told = shape(parse(text, "en", tokenizer, paragraph_pause_ms=700))
    assert told == ["A title", 700, "A line and its end.", 100, "Next.", 3000, "Last."]
    assert shape(parse("[pause 0ms] A.\n\n[pause 0ms] B.", "en", tokenizer)) == ["A.", "B."]


def test_with_a_pause_between_sentences_each_is_spoken_alone(tokenizer: Tokenizer) -> None:
    text = "This is the first sentence. This is the second one. No. And here comes a third."
    told = shape(parse(text, "en", tokenizer, sentence_pause_ms=250))
    assert told == ["This is the first sentence.", 250, "This is the second one. No.", 250, "And here comes a third."]


def test_no_pause_falls_within_a_sentence(tokenizer: Tokenizer) -> None:
    endless = "and then, as it went on and on, it went on and on, " * 20 + "and it ended."
    told = shape(parse(f"{endless} Another sentence comes here.", "en", tokenizer, sentence_pause_ms=250))
    assert told.count(250) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Hi 😀 there 👩‍👩‍👧 you 🇩🇪.", "3 emoji can't be spoken and were left out."),
        ("Hi → there.", "Symbols that can't be spoken were left out: →"),
        ("Hi\0 there.", "Control characters were left out."),
        ("Hi [pause 61s] there.", "'[pause 61s]' is shortened to 60 s"),
        ("Hi [pause soon] there.", "'[pause soon]' is read aloud"),
        ("Hi there.\n\n北京。", "'北京。' can't be spoken in this language"),
        ("Hi there ж.", "doesn't know these letters in this language: ж"),
        ("a[pause 60s]" * 100, "All pauses together"),
    ],
)
def test_what_is_left_out_is_told(text: str, told: str, tokenizer: Tokenizer) -> None:
    letters = Tokenizer(shared("parity/vocab.json"))
    letters._vocabulary -= {"ж"}  # the shared one knows every script but Chinese
    notices = parse(text, "en", letters).notices
    assert any(told in notice for notice in notices), notices
    assert all(told not in notice for notice in parse("Hi there.", "en", tokenizer).notices)


def test_all_pauses_together_are_an_hour(tokenizer: Tokenizer) -> None:
    script = parse("a[pause 60s]" * 100, "en", tokenizer)
    assert sum(part.ms for part in script.parts if isinstance(part, Pause)) == 3_600_000
    assert len(words(script)) == 100


def test_an_unknown_mark_is_read(tokenizer: Tokenizer) -> None:
    assert shape(parse("Wait [pause soon] here.", "en", tokenizer)) == ["Wait (pause soon) here."]


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "“No.”", "No."),
        ("en", "“No,” she said. “Go!”", "“No,” she said. “Go!"),
        ("en", 'He said "Go!"Then he left.', "He said Go! Then he left."),
        ("en", "(She waited.)", "She waited."),
        ("en", "… and then — ", "and then"),
        ("en", "Really??????!!!!!! ------", "Really???"),
        ("en", "A so\u00adft hy\u200bphen, e\u0301, ﬁne.", "A soft hyphen, é, fine."),
        ("en", "It's -5 and .5 (or so", "It's -5 and .5 or so"),
        ("de", "Das kostet 5 €.", "Das kostet 5€."),
        ("en", "Hello (world), it's me.", "Hello (world), it's me."),
        ("es", "¿Qué? ¡Ay!", "¿Qué? ¡Ay!"),
        ("ja", "「はい、いいえ。」", "はい、いいえ。"),
        ("ja", "3月5日、1,234円、$2.5、50%", "三月五日、千二百三十四円、二点五ドル、五十パーセント"),
        ("ja", "2010年、10000、090", "二千十年、一万、零九零"),
    ],
)
def test_quotes_and_stray_marks_are_not_spoken(language: str, text: str, said: str, tokenizer: Tokenizer) -> None:
    need(language)
    assert shape(parse(text, language, tokenizer)) == [said]


def test_a_short_text_is_spoken_as_it_is(tokenizer: Tokenizer) -> None:
    assert shape(parse("No.", "en", tokenizer)) == ["No."]


@given(lengths=st.lists(st.integers(1, 260), min_size=1, max_size=12))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_very_short_pieces_do_not_stand_alone(lengths: list[int], tokenizer: Tokenizer) -> None:
    text = " ".join("Ab " * (length // 3) + "so." for length in lengths)
    pieces = [part.text for part in words(parse(text, "en", tokenizer))]
    assert len(pieces) == 1 or all(len(piece) >= 20 for piece in pieces)


def test_the_first_piece_of_a_long_text_is_its_first_sentence(tokenizer: Tokenizer) -> None:
    first, rest = "The small boat left the harbour early that day.", "It was a fine morning with little wind. " * 10
    assert words(parse(f"{first} {rest}", "en", tokenizer))[0].text == first
    assert words(parse(f"No. {first} {rest}", "en", tokenizer))[0].text == f"No. {first}"
    unsplit = words(parse(f"{first} {rest}", "en", tokenizer, split=False))[0].text
    assert len(unsplit) > 200  # without the wish to split, only where it must be


def test_numbers_are_measured_as_they_are_spoken(tokenizer: Tokenizer) -> None:
    script = parse("It was 1999, 2000, 2001, 2002, 2003, 2004, 2005, 2006 or 2007, 2008, 2009, 2010.", "en", tokenizer)
    assert len(words(script)) == 2
    check(script, "en", tokenizer)


def test_a_long_sentence_is_cut_at_its_marks_into_even_parts(tokenizer: Tokenizer) -> None:
    half = "the wind was blowing from the east and the waves were high, so that nobody wanted to go out that early"
    pieces = [part.text for part in words(parse(f"{half}; {half}; {half}.", "en", tokenizer))]
    assert [piece.rstrip(";.") for piece in pieces] == [half, half, half] or len(pieces) == 2
    assert all(piece[-1] in ";." for piece in pieces)
