"""Pictures of the page for README and docs: the real server, and work that was done through its own API.

    python tools/screenshots.py    # docs/screenshots/*.png; needs Chromium and the built page (make screenshots)

The recording is the sample of the product, read by a formant synthesiser. The model is tiny with generated weights,
and its name says so: what it speaks is noise, and its curves say nothing about training a voice.
"""

import sys
import tempfile
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PIL import Image  # noqa: E402
from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

from tests.browser.conftest import FLAGS, chromium  # noqa: E402
from tests.browser.test_filled import cut, open_settled  # noqa: E402
from tests.journey.material import Material, own_material, tiny_model  # noqa: E402
from tests.studio import PASSWORD, USER, Studio, running  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
WINDOWS = {"": (1440, 900), "-narrow": (390, 844)}
LANGUAGES = ("en", "ru")
THEMES = ("light", "dark")
COLOURS = 256
TEXT = "The market was quiet. In 1998 the clock cost £12, and nobody came to repair it."
RUN = {"dataset": "reader", "name": "tiny-test-model", "epochs": 12, "batch_size": 2, "audition_sentences": ["Yes."]}


def main() -> None:
    """Fills a studio, takes the pictures, stops it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "workspace") as studio:
        pages = filled(studio, Path(folder))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            for (window, (width, height)), language, theme in product(WINDOWS.items(), LANGUAGES, THEMES):
                context = browser.new_context(
                    base_url=studio.url,
                    locale=language,
                    color_scheme=theme,
                    viewport={"width": width, "height": height},
                )
                suffix = f"-{theme}{window}" + ("" if language == "en" else f"-{language}")
                take_all(context.new_page(), pages, language, suffix)
                context.close()
            browser.close()


def filled(studio: Studio, folder: Path) -> dict[str, str]:
    """A short day's work; the pages to picture, by the names of their files."""
    material = own_material()
    model = {"name": "xtts-v2", "source": str(tiny_model(folder / "xtts", material))}
    studio.finished(studio.post("/api/models/pull", 202, json=model)["job"])
    recording = cut(studio, material)
    run = studio.finished(studio.post("/api/training/start", 202, json=RUN)["job"])
    voice(studio, material)
    return {
        "recording": f"/data-processing/?recording={recording['id']}",
        "dataset": "/data-processing/?dataset=reader",
        "training": "/training/",
        "run": f"/training/run/?id={run['id']}",
        "speech": "/inference/",
        "settings": "/settings/",
    }


def voice(studio: Studio, material: Material) -> None:
    """The voice "Reader", and something it said with the tiny model."""
    files = [("files", (material.reference.name, material.reference.read_bytes()))]
    studio.post("/api/inference/speakers", 201, data={"name": "Reader"}, files=files)
    body = {"text": "The market was quiet.", "language": "en", "speaker": "Reader", "model": RUN["name"], "seed": 3}
    assert studio.client.post("/api/inference/generate", json=body).status_code == 200


def take_all(page: Page, pages: dict[str, str], language: str, suffix: str) -> None:
    """Every page in this window, its language and its theme."""
    page.goto("/login/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    take(page, FOLDER / f"login{suffix}.png")
    assert page.request.post("/api/auth/login", data={"username": USER, "password": PASSWORD}).ok
    for name, address in pages.items():
        open_settled(page, address, language)
        if name == "speech":
            page.locator("textarea").first.fill(TEXT)
        take(page, FOLDER / f"{name}{suffix}.png")


def take(page: Page, path: Path) -> None:
    """The window as it is, in 256 colours: a fifth of the bytes, and nobody sees it."""
    page.wait_for_load_state("load")
    page.wait_for_timeout(600)  # charts and outlines are painted a frame or two after their data
    page.screenshot(path=path, animations="disabled")
    Image.open(path).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
