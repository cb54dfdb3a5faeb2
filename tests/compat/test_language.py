"""The language of a text without a field that says it."""

import pytest

from xtts_studio.server.compat.language import language_named, language_of

TEXTS = {
    "en": "The ships come in with the evening tide.",
    "es": "Los barcos llegan con la marea de la tarde.",
    "fr": "Les bateaux arrivent avec la marée du soir.",
    "de": "Die Schiffe kommen mit der Flut am Abend.",
    "it": "Le navi arrivano con la marea della sera.",
    "pt": "Os navios chegam com a maré da tarde.",
    "pl": "Statki przypływają wieczorem razem z przypływem.",
    "tr": "Gemiler akşam gelgitiyle birlikte geliyor.",
    "ru": "Корабли приходят с вечерним приливом.",
    "nl": "De schepen komen binnen met het avondtij.",
    "cs": "Lodě připlouvají s večerním přílivem.",
    "ar": "تصل السفن مع مد المساء.",
    "zh-cn": "船随着傍晚的潮水进港。",
    "hu": "A hajók az esti dagállyal érkeznek.",
    "ko": "배들은 저녁 밀물과 함께 들어옵니다.",
    "ja": "船は夕方の潮とともに入ってくる。",
    "hi": "जहाज़ शाम के ज्वार के साथ आते हैं।",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_sentence_tells_its_language(language: str) -> None:
    assert language_of(TEXTS[language]) == language


@pytest.mark.parametrize("text", ["OK", "123", "…", "😀", "Anna", "Hola"])
def test_what_tells_nothing_is_taken_for_english(text: str) -> None:
    assert language_of(text) == "en"


def test_languages_have_several_names() -> None:
    for name in ("zh", "ZH-CN", "zh_cn", "zh-Hans"):
        assert language_named(name) == "zh-cn"
    assert language_named("pt-BR") == "pt"
    assert language_named(" EN ") == "en"
    assert language_named("sv") is None
    assert language_named("") is None
