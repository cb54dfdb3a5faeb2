"""The whole way over HTTP: from a recording to speech, with stops on the way. The model is tiny and its weights are
generated: what it makes is checked as arithmetic, never taken for speech."""

import io
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import pytest
import soundfile

from tests.journey.material import Material, own_material, shared_material, tiny_model
from tests.studio import Studio, running

STEPS = 30


@pytest.fixture(scope="module", params=[shared_material, own_material], ids=["ljspeech", "harbour"])
def material(request: pytest.FixtureRequest) -> Material:
    made: Material = request.param()
    return made


@pytest.fixture(scope="module")
def studio(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    home = tmp_path_factory.mktemp("journey") / "workspace"
    with running(home) as studio:
        models = tmp_path_factory.mktemp("models")
        pull(studio, "xtts-v2", tiny_model(models / "xtts", material))
        if material.whisper:
            pull(studio, "whisper-lj", material.whisper)
        yield studio


def pull(studio: Studio, name: str, folder: Path) -> None:
    body = {"name": name, "source": str(folder)}
    studio.finished(studio.post("/api/models/pull", 202, json=body)["job"])


@pytest.fixture(scope="module")
def recording(studio: Studio, material: Material) -> dict[str, Any]:
    files = [("files", (material.recording.name, material.recording.read_bytes()))]
    recording: dict[str, Any] = studio.post("/api/data/upload", 201, files=files)["recordings"][0]
    return recording


@pytest.fixture(scope="module")
def dataset(studio: Studio, material: Material, recording: dict[str, Any]) -> list[dict[str, Any]]:
    """The chunks of a dataset that was cut from a range of the recording, with their texts."""
    body: dict[str, Any] = {
        "recording_id": recording["id"],
        "start_s": material.start_s,
        "dataset": "reader",
        "end_s": material.end_s,
        "language": "en",
    }
    if material.whisper:
        body |= {"transcribe": True, "whisper_model": "whisper-lj"}
    done = studio.finished(studio.post("/api/data/chunk", 202, json=body)["job"])
    if material.whisper:
        studio.finished(studio.get(f"/api/jobs/{done['follow_up_job_id']}")["job"])
    else:
        type_the_texts(studio, material)
    chunks: list[dict[str, Any]] = studio.get("/api/datasets/reader", params={"limit": 500})["chunks"]
    return chunks


def type_the_texts(studio: Studio, material: Material) -> None:
    for chunk in studio.get("/api/datasets/reader", params={"limit": 500})["chunks"]:
        text = material.words_between(chunk["start_s"], chunk["end_s"])
        path = f"/api/datasets/reader/chunks/{Path(chunk['file']).name}"
        answer = studio.client.patch(path, json={"text": text, "language": "en"})
        assert answer.status_code == 200, answer.text


def train(studio: Studio, name: str, **options: Any) -> dict[str, Any]:
    body = {
        "dataset": "reader",
        "name": name,
        "epochs": 100,
        "batch_size": 2,
        "learning_rate": 5e-4,
        "seed": 7,
        "audition": False,  # minutes of it: these models don't learn to end
        **options,
    }
    job: dict[str, Any] = studio.post("/api/training/start", 202, json=body)["job"]
    return job


def metrics(studio: Studio, job: dict[str, Any], name: str) -> list[tuple[int, float]]:
    history = studio.get(f"/api/training/{job['id']}/metrics")["metrics"]
    return [(point["step"], point["value"]) for point in history if point["name"] == name]


@pytest.fixture(scope="module")
def trained(studio: Studio, dataset: list[dict[str, Any]]) -> dict[str, Any]:
    """The job of an undisturbed fine-tuning."""
    return studio.finished(train(studio, "undisturbed", max_steps=STEPS))


def test_the_preview_plans_what_the_cut_does(
    studio: Studio, material: Material, recording: dict[str, Any], dataset: list[dict[str, Any]]
) -> None:
    plan = studio.post(
        "/api/data/analyze",
        json={"recording_id": recording["id"], "start_s": material.start_s, "end_s": material.end_s},
    )
    planned = [(round(chunk["start_s"], 2), round(chunk["end_s"], 2)) for chunk in plan["chunks"]]
    assert planned == [(round(chunk["start_s"], 2), round(chunk["end_s"], 2)) for chunk in dataset]
    assert plan["statistics"]["chunk_count"] == len(planned)
    assert plan["statistics"]["speech_s"] > 0.5 * (material.end_s - material.start_s)


def test_every_cut_is_inside_a_pause(material: Material, dataset: list[dict[str, Any]]) -> None:
    assert len(dataset) >= 4
    for chunk in dataset:
        for edge in ("start_s", "end_s"):
            sentence = material.in_speech(chunk[edge], tolerance_s=0.03)
            cut_by_the_range = edge == "end_s" and abs(chunk[edge] - material.end_s) < 0.05
            assert sentence is None or cut_by_the_range, f"{chunk['file']} {edge} {chunk[edge]} lies in {sentence}"
    for before, after in pairwise(dataset):
        assert before["end_s"] <= after["start_s"]


def test_chunks_are_22050_hz_mono_pcm16(studio: Studio, dataset: list[dict[str, Any]]) -> None:
    assert [chunk["file"] for chunk in dataset[:2]] == ["chunks/chunk_001.wav", "chunks/chunk_002.wav"]
    for chunk in dataset[:3]:
        answer = studio.client.get(f"/api/datasets/reader/chunks/{Path(chunk['file']).name}/audio")
        info = soundfile.info(io.BytesIO(answer.content))
        assert (info.samplerate, info.channels, info.subtype, info.format) == (22_050, 1, "PCM_16", "WAV")
        assert info.duration == pytest.approx(chunk["duration_s"], abs=0.001)


def test_the_text_is_what_was_said(material: Material, dataset: list[dict[str, Any]]) -> None:
    normal = jiwer.Compose(
        [jiwer.ToLowerCase(), jiwer.RemovePunctuation(), jiwer.RemoveMultipleSpaces(), jiwer.Strip()]
    )
    said = normal(" ".join(material.words_between(material.start_s, dataset[-1]["end_s"]).split()))
    written = normal(" ".join(chunk["text"] for chunk in dataset))
    assert jiwer.wer(said, written) <= 0.15
    assert all(chunk["language"] == "en" for chunk in dataset)


def test_what_training_will_use_is_known_before(
    studio: Studio, dataset: list[dict[str, Any]], trained: dict[str, Any]
) -> None:
    report = studio.post("/api/datasets/reader/check")
    assert report["total"] == len(dataset)
    assert report["usable"] + len(report["rejected"]) == len(dataset)
    assert trained["result"]["usable"] == report["usable"]
    assert trained["result"]["rejected"] == report["rejected"]


def test_the_loss_goes_down(studio: Studio, trained: dict[str, Any]) -> None:
    losses = [value for _, value in metrics(studio, trained, "loss")]
    assert len(losses) == STEPS
    assert np.mean(losses[-5:]) < 0.9 * np.mean(losses[:5])


def test_stopped_and_resumed_equals_undisturbed(studio: Studio, trained: dict[str, Any]) -> None:
    job = train(studio, "stopped", max_steps=STEPS)
    for event in studio.events(job["id"]):
        if event["event"] == "metric" and event["data"]["name"] == "loss" and event["data"]["step"] >= 8:
            break
    studio.post(f"/api/jobs/{job['id']}/cancel")
    stopped = studio.finished(job, "cancelled")
    first = metrics(studio, stopped, "loss")
    assert 8 <= len(first) < STEPS
    runs = studio.get("/api/training/runs")["runs"]
    run_id = next(run["run_id"] for run in runs if run["job"]["id"] == job["id"])
    resumed = studio.finished(train(studio, "stopped", max_steps=STEPS, run_id=run_id))
    assert first + metrics(studio, resumed, "loss") == metrics(studio, trained, "loss")
    assert resumed["result"]["eval_loss"] == trained["result"]["eval_loss"]


def test_the_result_is_listed_and_speaks(studio: Studio, material: Material, trained: dict[str, Any]) -> None:
    listed = {model["name"]: model["kind"] for model in studio.get("/api/training/models")["models"]}
    assert listed["xtts-v2"] == "base"
    assert listed["undisturbed"] == "full"
    files = [("files", (material.reference.name, material.reference.read_bytes()))]
    studio.post("/api/inference/speakers", 201, data={"name": "Reader"}, files=files)
    base, again, tuned = (speak(studio, model) for model in ("xtts-v2", "xtts-v2", "undisturbed"))
    assert np.array_equal(base, again), "the same seed gives the same samples"
    assert not (len(base) == len(tuned) and np.allclose(base, tuned)), "fine-tuning changes what is said"
    newest = studio.get("/api/inference/history")["speech"][0]
    kept = studio.client.get(f"/api/inference/history/{newest['id']}/audio")
    assert np.array_equal(samples_of(kept.content), tuned)


def speak(studio: Studio, model: str) -> np.ndarray:
    body = {
        "text": "The market was quiet. Nobody came.",
        "language": "en",
        "speaker": "Reader",
        "model": model,
        "seed": 3,
    }
    answer = studio.client.post("/api/inference/generate", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-Seed"] == "3"
    samples = samples_of(answer.content)
    assert float(answer.headers["X-Audio-Seconds"]) == pytest.approx(len(samples) / 24_000, abs=0.01)
    assert float(answer.headers["X-Real-Time-Factor"]) > 0
    assert np.isfinite(samples).all()
    assert samples.std() > 0
    return samples


def samples_of(wav: bytes) -> np.ndarray:
    samples, rate_hz = soundfile.read(io.BytesIO(wav), dtype="float32")
    assert rate_hz == 24_000
    read: np.ndarray = samples
    return read
