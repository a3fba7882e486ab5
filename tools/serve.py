"""Starts the application with the settings of this installation: `python -m tools.serve`."""

import hashlib
import hmac
import os
import sys
from urllib.parse import urlsplit

from settings import ROOT, Settings, SettingsInvalid, settings

THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


def main() -> None:
    """Runs Streamlit in this process until it is stopped."""
    try:
        configuration = settings()
    except SettingsInvalid as refusal:
        sys.exit(str(refusal))
    os.environ["STREAMLIT_SERVER_COOKIE_SECRET"] = cookie_secret(configuration)  # not as an option: others could see it
    os.chdir(ROOT)  # .streamlit/config.toml is looked for here
    from streamlit.web.cli import main as streamlit

    sys.exit(streamlit(["run", "app.py", *options(configuration)]))


def options(configuration: Settings) -> list[str]:
    """What `streamlit run app.py` is given beside .streamlit/config.toml."""
    hosts = (f"--server.allowedHosts={host}" for host in allowed_hosts(configuration))
    return [
        f"--server.port={configuration.port}",
        f"--server.address={configuration.address}",
        f"--browser.serverAddress={urlsplit(configuration.base_url).hostname}",
        f"--server.maxUploadSize={configuration.upload_limit_mb}",
        *hosts,
    ]


def cookie_secret(configuration: Settings) -> str:
    """A key for Streamlit's own cookies: the same on every replica, and not our secret itself."""
    return hmac.new(configuration.secret_key.encode(), b"streamlit cookies", hashlib.sha256).hexdigest()


def allowed_hosts(configuration: Settings) -> list[str]:
    """Names under which a browser may open the live connection (another one means DNS rebinding).

    Empty, which allows every name, where others may come in but no BASE_URL says under which name.
    """
    public = urlsplit(configuration.base_url).hostname or ""
    if public in THIS_MACHINE and configuration.address not in THIS_MACHINE:
        return []
    return sorted({*THIS_MACHINE, configuration.address, public})


if __name__ == "__main__":
    main()
