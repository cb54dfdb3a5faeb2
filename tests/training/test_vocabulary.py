"""New entries of a vocabulary: they take effect, change nothing else, and the model grows by rows that make sense."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings as hypothesis_settings, strategies as st

from tests.parity.published import letter_vocabulary
from xtts_studio.errors import CheckpointError, TextError
from xtts_studio.events import Event, Log
from xtts_studio.text.tokenizer import UNKNOWN_ID, Tokenizer
from xtts_studio.training.material.vocabulary import extend_vocabulary, extended
from xtts_studio.training.material.vocabulary_rows import grow
from xtts_studio.xtts.checkpoint import Network, load_network, save_network

MakeNetwork = Callable[[], Network]
SWEDISH = [
    "Hamnen vaknar långsamt och fiskarna går ut till båtarna.",
    "Båtarna ligger stilla i hamnen medan vinden vänder.",
    "Fiskarna talar om vinden och om vädret i hamnen.",
    "När vinden vänder går båtarna ut ur hamnen igen.",
    "Långsamt blir det kväll och fiskarna vänder hem.",
    "Vädret är stilla och hamnen ligger långsamt ner.",
]
GEORGIAN = ["ნავსადგური ნელა იღვიძებს.", "მეთევზეები ნავსადგურში დადიან.", "ნავსადგური ნელა იძინებს."]
TEXTS = 3 * ([(text, "sv") for text in SWEDISH] + [(text, "ka") for text in GEORGIAN])
ENGLISH = ["The harbour wakes up slowly.", "Twelve boats, two of them red!", "It's 3 o'clock."]


def entries(file: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads(file.read_text(encoding="utf-8"))["model"]["vocab"]
    return found


def spelling(file: Path, base: Path) -> dict[int, list[int]]:
    """The base's ids (and those of new letters) that each new id stands for, by the merges in the file."""
    model = json.loads(file.read_text(encoding="utf-8"))["model"]
    old, ids = entries(base), model["vocab"]
    stands_for: dict[int, list[int]] = {}
    for merge in model["merges"]:
        left, right = merge.split(" ")
        if left + right not in old:
            parts = [stands_for.get(ids[part], [ids[part]]) for part in (left, right)]
            stands_for.setdefault(ids[left + right], parts[0] + parts[1])
    return stands_for


def text_of(ids: list[int], file: Path) -> str:
    by_id = {number: entry for entry, number in entries(file).items()}
    return "".join(by_id[number] for number in ids).replace("[SPACE]", " ")


@pytest.fixture(scope="module", params=["published", "letters"])
def base(request: pytest.FixtureRequest, tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The vocabulary of the tiny model (the published one where it is at hand), and one of letters alone."""
    if request.param == "published":
        return tiny_folder / "vocab.json"
    path = tmp_path_factory.mktemp("letters") / "vocab.json"
    path.write_text(json.dumps(letter_vocabulary()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def more(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`base` with up to 120 entries for Swedish and Georgian."""
    path = tmp_path_factory.mktemp("more") / "vocab.json"
    extend_vocabulary(base, TEXTS, 120, path)
    return path


def test_the_texts_need_fewer_ids_and_read_the_same(base: Path, more: Path) -> None:
    tokenizer, before = Tokenizer(more), Tokenizer(base)
    for text, language in TEXTS:
        with pytest.raises(TextError, match=rf"no \[{language}\]"):
            before.encode(text, language)
        ids = tokenizer.encode(text, language)
        letters = before.encode_cleaned(tokenizer.clean(text, language), "en")
        assert UNKNOWN_ID not in ids
        assert len(ids) < 0.85 * len(letters)
        assert sum(number >= before.size for number in ids) > len(ids) / 5
        assert text_of(ids, more) == f"[{language}]{tokenizer.clean(text, language)}"


def test_what_the_base_has_stays_as_it_is(base: Path, more: Path) -> None:
    old, new = (json.loads(file.read_text(encoding="utf-8")) for file in (base, more))
    assert {entry: new["model"]["vocab"][entry] for entry in old["model"]["vocab"]} == old["model"]["vocab"]
    assert new["model"]["merges"][: len(old["model"]["merges"])] == old["model"]["merges"]
    added = {number for entry, number in entries(more).items() if entry not in old["model"]["vocab"]}
    first = max(old["model"]["vocab"].values()) + 1
    assert added == set(range(first, first + len(added)))
    assert len(added) <= 120 + 2  # the tags of two languages
    assert {key: new[key] for key in new if key not in ("model", "added_tokens")} == {
        key: old[key] for key in old if key not in ("model", "added_tokens")
    }


WORDS = sorted({word for text in [*SWEDISH, *ENGLISH, "hammer vinden's ligga ut-i boat"] for word in text.split()})


def test_a_new_piece_stands_for_what_the_base_had_there(base: Path, more: Path) -> None:
    """Written out again, the new ids are the base's: nothing else of any text is encoded in another way."""
    before, after, stands_for = Tokenizer(base), Tokenizer(more), spelling(more, base)

    @hypothesis_settings(deadline=None, max_examples=300)
    @given(st.lists(st.sampled_from(WORDS) | st.text("abdehimnrstvå'-. ", max_size=9), max_size=12))
    def check(words: list[str]) -> None:
        text = "".join(char for char in " ".join(words) if char == " " or before.knows(char.lower()))
        written_out = [part for number in after.encode(text, "de") for part in stands_for.get(number, [number])]
        assert written_out == before.encode(text, "de")

    check()


def test_the_same_texts_give_the_same_file(base: Path, more: Path, tmp_path: Path) -> None:
    for number in range(3):
        extend_vocabulary(base, TEXTS[::-1] if number else TEXTS, 120, tmp_path / str(number))
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (more, *tmp_path.iterdir())}
    assert len(digests) == 1


@pytest.mark.parametrize("wanted", [1, 5, 30])
def test_no_more_entries_than_asked_for(base: Path, tmp_path: Path, wanted: int) -> None:
    told: list[Event] = []
    extend_vocabulary(base, [(text, "en") for text in 3 * SWEDISH], wanted, tmp_path / "v", told.append)
    assert len(entries(tmp_path / "v")) == len(entries(base)) + wanted
    assert [type(event) for event in told] == [Log]


def test_fewer_entries_than_asked_for_are_told(base: Path, tmp_path: Path) -> None:
    told: list[Event] = []
    extend_vocabulary(base, [("Hej hej hej", "sv")], 500, tmp_path / "v", told.append)
    added = len(entries(tmp_path / "v")) - len(entries(base)) - 1
    assert added < 10
    message = told[0].message if isinstance(told[0], Log) else ""
    assert message.startswith(f"Added to the vocabulary: {added} of 500 entries")
    assert "[sv]" in message
    assert "no more that occur 3 times" in message


def test_texts_that_cannot_be_cleaned_add_nothing(base: Path, tmp_path: Path) -> None:
    extend_vocabulary(base, [("Nuqneh nuqneh nuqneh", "klingon"), ("∆∆∆∆ ∆∆∆ ∆", "en")], 50, tmp_path / "v")
    assert entries(tmp_path / "v") == entries(base)


# The model's rows


@pytest.fixture
def grown(make_network: MakeNetwork, tiny_folder: Path, tmp_path: Path) -> Network:
    """The tiny network, grown for the texts; its vocabulary is `tmp_path`/vocab.json."""
    network = make_network()
    extended(network, tiny_folder / "vocab.json", TEXTS, 120, tmp_path / "vocab.json")
    return network


def test_new_rows_are_means_of_what_spelled_them(
    grown: Network, make_network: MakeNetwork, tiny_folder: Path, tmp_path: Path
) -> None:
    base, file = tiny_folder / "vocab.json", tmp_path / "vocab.json"
    before, size = make_network().gpt, Tokenizer(base).size
    rows, head, bias = grown.gpt.text_embedding.weight, grown.gpt.text_head.weight, grown.gpt.text_head.bias
    assert torch.equal(rows[:size], before.text_embedding.weight)
    assert torch.equal(head[:size], before.text_head.weight)
    assert torch.equal(bias[:size], before.text_head.bias)
    assert len(rows) == len(head) == len(bias) == Tokenizer(file).size
    stands_for = spelling(file, base)
    assert len(stands_for) > 50
    for number, parts in stands_for.items():
        assert torch.allclose(rows[number], rows[parts].mean(0), atol=1e-6)
        assert torch.allclose(head[number], head[parts].mean(0), atol=1e-6)
        assert torch.allclose(bias[number], bias[parts].mean(), atol=1e-6)
    tags = [number for entry, number in entries(base).items() if entry.startswith("[") and entry[1].islower()]
    assert torch.allclose(rows[entries(file)["[sv]"]], rows[tags].mean(0), atol=1e-6)


def test_the_grown_model_learns_its_new_rows(grown: Network, tmp_path: Path) -> None:
    tokenizer = Tokenizer(tmp_path / "vocab.json")
    ids = torch.tensor([tokenizer.encode(SWEDISH[0], "sv")])
    loss = grown.gpt.loss(
        ids,
        torch.tensor([ids.shape[1]]),
        torch.randint(0, 200, (1, 40)),
        torch.tensor([40_000]),
        torch.randn(1, 1, 80, 517),
        torch.tensor([[0, 10_000]]),
    )
    loss.total.backward()  # type: ignore[no-untyped-call]
    gradient = grown.gpt.text_embedding.weight.grad
    assert gradient is not None
    assert gradient[ids[0]].abs().sum(1).min() > 0
    assert int(ids.max()) >= Tokenizer(tmp_path / "vocab.json").size - 140


def test_the_grown_model_is_a_whole_model(grown: Network, tmp_path: Path) -> None:
    folder = save_network(tmp_path / "model", grown, tmp_path / "vocab.json")
    again = load_network(folder)
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in grown.state_dict().items())
    assert again.config == grown.config == grown.gpt.config
    assert {"sv", "ka"} < set(again.config.languages)
    assert (again.config.text_tokens, again.gpt.text_head.out_features) == (
        grown.gpt.text_embedding.num_embeddings,
    ) * 2


def test_a_run_that_goes_on_takes_its_own_vocabulary(
    grown: Network, make_network: MakeNetwork, tiny_folder: Path, tmp_path: Path
) -> None:
    written = (tmp_path / "vocab.json").read_bytes()
    again = make_network()
    tokenizer = extended(
        again, tiny_folder / "vocab.json", [("Other texts, other texts", "en")], 7, tmp_path / "vocab.json"
    )
    assert (tmp_path / "vocab.json").read_bytes() == written
    assert tokenizer.encode(SWEDISH[0], "sv") == Tokenizer(tmp_path / "vocab.json").encode(SWEDISH[0], "sv")
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in grown.state_dict().items())
    assert again.gpt.text_embedding.weight.requires_grad


@pytest.mark.parametrize("what", ["moved", "broken", "lost"])
def test_a_vocabulary_of_another_model_is_refused(
    make_network: MakeNetwork, tiny_folder: Path, tmp_path: Path, what: str
) -> None:
    document: Any = json.loads((tiny_folder / "vocab.json").read_text(encoding="utf-8"))
    if what == "moved":
        document["model"]["vocab"] |= {"a": document["model"]["vocab"]["b"], "b": document["model"]["vocab"]["a"]}
    elif what == "lost":
        del document["model"]["vocab"]["[hi]"]
    content = "{" if what == "broken" else json.dumps(document)
    (tmp_path / "vocab.json").write_text(content, encoding="utf-8")
    with pytest.raises(CheckpointError):
        grow(make_network(), tiny_folder / "vocab.json", tmp_path / "vocab.json")


def test_a_broken_vocabulary_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vocab.json").write_text("{", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"vocab\.json can't be read"):
        extend_vocabulary(tmp_path / "vocab.json", TEXTS, 5, tmp_path / "more.json")
    assert not (tmp_path / "more.json").exists()
