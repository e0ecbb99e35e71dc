"""Pictures of the explorer for people to look at: every preset at three sizes in both themes, and a page of them.

Run as ``python tests/screenshots.py FOLDER [PRESETS]``; what is amiss with a page is told, and is the exit status.
"""

import sys
from pathlib import Path

from browser import LAPTOP, PHONE, WALL, chromium, explorer, visiting
from torusync.explore.catalogue import catalogue

SIZES = {"phone": PHONE, "laptop": LAPTOP, "wall": WALL}


def main(folder: Path, most: int) -> int:
    """Take the pictures, and return how many pages had something amiss."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [one["name"] for one in catalogue()["presets"]][:most]
    amiss, shown = 0, []
    with explorer() as origin, chromium() as browser:
        for name in names:
            for size, window in SIZES.items():
                for theme in ("light", "dark"):
                    told = f"{name}-{size}-{theme}"
                    try:
                        with visiting(browser, origin, size=window, theme=theme) as seen:
                            seen.page.goto(f"{origin}?preset={name}")
                            seen.settled(120_000)
                            seen.page.wait_for_timeout(800)  # views below the window are drawn after a rest
                            seen.page.screenshot(path=folder / f"{told}.png", full_page=True)
                    except AssertionError as error:
                        amiss += 1
                        sys.stdout.write(f"{told}: {error}\n")
                    shown.append(
                        f'<figure><img src="{told}.png" loading="lazy"><figcaption>{told}</figcaption></figure>'
                    )
    style = "<style>img { max-width: 100%; border: 1px solid gray }</style>"
    (folder / "index.html").write_text(
        f"<!doctype html><title>explorer</title>{style}{''.join(shown)}", encoding="utf-8"
    )
    sys.stdout.write(f"{len(shown)} pictures in {folder}, {amiss} with something amiss\n")
    return amiss


if __name__ == "__main__":
    sys.exit(min(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000), 1))
