"""What a checkpoint is asked to say: for each language a statement, a question, something with numbers, an exclamation.

The sentences are ours, so no dataset holds them, and they never change within a version: what two checkpoints say can
be compared. Chinese, Japanese and Korean ones have fewer characters, which say as much.
"""

from collections.abc import Sequence

from xtts_studio.errors import TextError
from xtts_studio.text.languages import language_of

MOST_LINES = 8
_EACH = 4
_FITTING = range(20, 120)  # characters

SENTENCES: dict[str, tuple[str, str, str, str]] = {
    "en": (
        "The ferry leaves the island just after sunrise, when the water is still grey.",
        "Did anyone remember to bring the key for the little house by the lake?",
        "Please pack 3 blankets, 12 candles, a loaf of bread and the big blue kettle.",
        "What a wonderful surprise, I never thought we would all sit at this table again!",
    ),
    "es": (
        "El panadero abre la tienda muy temprano y toda la calle huele a pan caliente.",
        "¿Quién dejó abierta la ventana de la cocina con este viento tan frío?",
        "Necesitamos 4 sillas, 15 vasos, una mesa larga y flores para la fiesta.",
        "¡Qué alegría verte después de tanto tiempo, no has cambiado nada!",
    ),
    "fr": (
        "Le jardin derrière la maison reste frais, même pendant les journées les plus chaudes.",
        "Est-ce que tu sais à quelle heure part le dernier train pour la côte ?",
        "Il nous faut 6 œufs, 20 grammes de sel, un peu de beurre et beaucoup de patience.",
        "Quelle belle lumière ce soir, on dirait que toute la ville est en fête !",
    ),
    "de": (
        "Der alte Leuchtturm steht seit Jahren leer, aber abends brennt dort manchmal Licht.",
        "Weißt du noch, wo wir im letzten Sommer die schönen Steine gefunden haben?",
        "Auf der Liste stehen 5 Äpfel, 18 Kerzen, ein Seil und zwei warme Decken.",
        "Wie herrlich, endlich scheint die Sonne und das ganze Dorf ist auf den Beinen!",
    ),
    "it": (
        "Il vecchio ponte attraversa il fiume proprio dove l'acqua è più tranquilla.",
        "Hai già deciso che cosa vuoi cucinare per gli amici domenica sera?",
        "Nel cassetto ci sono 7 matite, 30 fogli bianchi, una gomma e due righelli.",
        "Che meraviglia, da quassù si vede il mare fino all'ultima isola!",
    ),
    "pt": (
        "O barco pequeno voltou ao porto antes da chuva, carregado de peixe fresco.",
        "Você sabe por que a biblioteca fecha mais cedo nesta semana?",
        "Comprei 8 laranjas, 14 ovos, um pacote de arroz e um queijo bem grande.",
        "Que surpresa boa, eu não esperava encontrar vocês todos aqui hoje!",
    ),
    "pl": (
        "Za starym młynem zaczyna się ścieżka, która prowadzi prosto do lasu.",
        "Czy pamiętasz, gdzie zostawiliśmy wczoraj wieczorem tę zieloną parasolkę?",
        "Na półce stoi 9 książek, 2 kubki, mały zegar i zdjęcie mojej babci.",
        "Jak pięknie pachnie ten ogród po deszczu, aż nie chce się wracać do domu!",
    ),
    "tr": (
        "Sabah erkenden yola çıktık ve öğleden önce dağın eteğindeki köye vardık.",
        "Akşam yemeği için pazardan ne almamız gerektiğini hatırlıyor musun?",
        "Sepette 6 elma, 11 ceviz, bir kavanoz bal ve taze ekmek var.",
        "Ne güzel bir haber bu, bütün aile yıllar sonra yeniden bir araya geliyor!",
    ),
    "ru": (
        "За окном всю ночь шёл тихий снег, и к утру двор стал совсем белым.",
        "Ты не знаешь, кто оставил на нашей скамейке эту старую гитару?",
        "Возьми с собой 3 яблока, 10 спичек, тёплый шарф и карту города.",
        "Какое счастье, наконец-то мы снова поедем все вместе к морю!",
    ),
    "nl": (
        "Langs het kanaal staan hoge bomen, waar 's avonds de kraaien samenkomen.",
        "Weet jij nog hoe laat de winkel op de hoek vandaag dichtgaat?",
        "In de mand liggen 4 peren, 16 noten, een stuk kaas en een vers brood.",
        "Wat een prachtige dag, laten we meteen onze fietsen pakken en gaan!",
    ),
    "cs": (
        "Na kopci za vesnicí stojí malá kaple, odkud je vidět celé údolí.",
        "Nevíš náhodou, kdo mi včera večer zvonil u dveří tak pozdě?",
        "V kuchyni najdeš 5 hrnků, 13 lžiček, cukr a velkou konvici čaje.",
        "To je ale krásné překvapení, tolik květin jsem ještě nikdy nedostala!",
    ),
    "ar": (
        "يجلس جدي كل مساء أمام البيت ويحكي لنا قصصا قديمة عن البحر.",
        "هل تعرف متى يفتح السوق الكبير أبوابه في أيام الشتاء الباردة؟",
        "اشتريت من الدكان 3 كتب و 12 قلما ودفترا صغيرا وخريطة للمدينة.",
        "ما أجمل هذا الصباح، السماء صافية والطيور تغني في كل مكان!",
    ),
    "zh-cn": (
        "天还没有亮，山下的小镇已经飘起了早饭的香味。",
        "你还记得我们去年夏天住过的那个海边小屋吗？",
        "桌子上放着5个苹果、12支铅笔、一本字典和一杯热茶。",
        "真是太好了，我们终于可以一起回老家看看大家了！",
    ),
    "hu": (
        "A régi malom mellett egy keskeny út vezet fel a szőlőhegy tetejére.",
        "Nem tudod véletlenül, hogy hová tettem tegnap este a szemüvegemet?",
        "A kosárban van 6 körte, 14 dió, egy üveg méz és két friss kenyér.",
        "Micsoda öröm, hogy ennyi év után végre újra együtt ünnepelhetünk!",
    ),
    "ko": (
        "강가를 따라 걷다 보면 오래된 나무다리가 하나 나옵니다.",
        "지난주에 빌려 간 우산을 언제쯤 돌려줄 수 있어요?",
        "가방 안에는 책 3권과 연필 12자루, 그리고 작은 지도가 있습니다.",
        "와, 이렇게 맑은 하늘은 정말 오랜만에 보는 것 같아요!",
    ),
    "ja": (
        "朝早く起きて、川の向こうの森まで静かな道を歩きました。",
        "昨日の夜、駅前で会った人の名前を覚えていますか。",
        "机の上には本が3冊、鉛筆が12本、それに古い時計があります。",
        "なんて美しい夕焼けでしょう、みんなにも見せてあげたいです！",
    ),
    "hi": (
        "सुबह की पहली किरण के साथ नदी के किनारे नावें चलने लगती हैं।",
        "क्या तुम्हें याद है कि हमने वह पुरानी किताब कहाँ रखी थी?",
        "बाज़ार से 4 किताबें, 12 मोमबत्तियाँ, थोड़ा गुड़ और ताज़े फल ले आना।",
        "वाह, कितने साल बाद हम सब फिर से एक साथ बैठकर हँस रहे हैं!",
    ),
}


def sentences_for(
    languages: Sequence[str], own: Sequence[str] = (), unseen: Sequence[tuple[str, str]] = ()
) -> list[tuple[str, str]]:
    """(text, language) of each line, in the order of `languages`.

    `own` sentences take the place of ours in the first language. A language that we have no sentences in has some of
    the `unseen` ones, (text, language) of clips to evaluate with. Several languages share eight places, of which one's
    own may need more. What is no language, and sentences without a word, are passed over.
    """
    known = list(dict.fromkeys(tag for code in languages if (tag := _tag(code)) is not None))
    texts = {code: list(SENTENCES.get(code, ())) or _of_clips(code, unseen) for code in known}
    mine = [text.strip() for text in own if any(map(str.isalnum, text))]
    if mine and known:
        texts[known[0]] = mine
    if not any(texts.values()):
        texts = {"en": mine or list(SENTENCES["en"])}
    places = _shared(texts, len(mine))
    return [(text, code) for code, all_texts in texts.items() for text in all_texts[: places[code]]]


def _tag(code: str) -> str | None:
    try:
        return language_of(code).tag
    except TextError:
        return None


def _of_clips(code: str, unseen: Sequence[tuple[str, str]]) -> list[str]:
    """Those that are neither a word nor a speech, as ours are; all where there are no others."""
    said = list(dict.fromkeys(text for text, language in unseen if _tag(language) == code))
    return ([text for text in said if len(text) in _FITTING] or said)[:_EACH]


def _shared(texts: dict[str, list[str]], own: int) -> dict[str, int]:
    """How many places each language has: in turn one each, while there are some left. One's own are all taken."""
    places = dict.fromkeys(texts, 0)
    if own:
        places[next(iter(texts))] = own
    left = MOST_LINES - own
    while left > 0 and any(places[code] < len(texts[code]) for code in texts):
        for code in texts:
            if left > 0 and places[code] < len(texts[code]):
                places[code] += 1
                left -= 1
    return places
