"""Takes the pictures of reports in `docs/pictures/`: `python docs/make.py`. Needs chromium on the path.

All other generated content is generated whenever the site is built (hooks.py).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
WIDTH, SCALE = 1000, 1.25
REPORTS = {
    "photo": (["explain", "sample_images/skin_smoothed.jpg"], 1500),
    "folder": (["scan", "sample_images", "-q", "--format", "html"], 1330),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (command, height) in REPORTS.items():
            page = Path(work, f"{name}.html")
            subprocess.run([sys.executable, "-m", "artifact_check", *command, "--output", page], cwd=ROOT, check=True)
            opened = browser.new_page(viewport={"width": WIDTH, "height": height}, device_scale_factor=SCALE)
            opened.goto(page.as_uri())
            opened.screenshot(path=page.with_suffix(".png"))
            Image.open(page.with_suffix(".png")).save(PICTURES / f"{name}.webp", quality=70, method=6)


if __name__ == "__main__":
    main()
