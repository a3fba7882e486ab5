"""Finds a Chromium for the browser tests, and installs one where there is none: `python -m tools.chromium`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
DEBIAN_PACKAGES = ("chromium", "fonts-noto-cjk")


def main() -> None:
    """Prints where the Chromium is; a failed installation ends with its own message."""
    if not found():
        install()
    print(found() or sys.exit("No Chromium was found or could be installed: name one in CHROMIUM."))


def found() -> str | None:
    """Path of the Chromium named in CHROMIUM, of an installed one, or of Playwright's own."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    installed = (path for name in NAMES if (path := shutil.which(name)))
    return next(installed, None) or playwrights_own()


def playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    """Debian's Chromium with a Chinese font where we may install packages, otherwise Playwright's."""
    rights = administrator()
    if shutil.which("apt-get") and rights is not None:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*rights, "apt-get", "update", "-qq"], check=True, env=environment)
        subprocess.run([*rights, "apt-get", "install", "-y", "-qq", *DEBIAN_PACKAGES], check=True, env=environment)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def administrator() -> list[str] | None:
    """What to put before a command to run it as administrator; None where we may not."""
    if os.geteuid() == 0:
        return []
    may_sudo = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    return ["sudo", "-n"] if may_sudo else None


if __name__ == "__main__":
    main()
