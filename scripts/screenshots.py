"""The pictures in the README: the example's digest on a desk and on a phone.

scripts/build && PYTHONPATH=tests .venv/bin/python scripts/screenshots.py
"""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from conftest import BROWSERS, FLAGS

REPOSITORY = Path(__file__).parent.parent
FOLDER = REPOSITORY / ".github/images"
DIGEST = "digests/2024-03-20/"
SHOTS = {
    "digest-desktop": (DIGEST, 1280, 860, 1, "light"),
    "digest-phone": (f"{DIGEST}#2403.07921", 390, 844, 2, "dark"),
}
"""Page, width and height in CSS pixels, pixels each, colour scheme."""
COLOURS = 256


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def main() -> None:
    """Take them of the site that is built."""
    handler = functools.partial(_Quiet, directory=str(REPOSITORY / "site"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        for name, (url, width, height, scale, scheme) in SHOTS.items():
            context = browser.new_context(
                viewport={"width": width, "height": height},
                device_scale_factor=scale,
                color_scheme=scheme,  # type: ignore[arg-type]
            )
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/{url}", wait_until="networkidle")
            page.wait_for_timeout(500)
            picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
            picture = picture.quantize(
                COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
            )
            picture.save(FOLDER / f"{name}.png", optimize=True)
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()
