"""Static files of the console: third-party ones by manifest, our own by content hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, send_from_directory, url_for

from server.admin.marks import open_to_all

STATIC = Path(__file__).parent / "static"
VENDOR = "vendor"
SET_UP = "npm ci --ignore-scripts --prefix server/admin/ui && node server/admin/ui/build.mjs"
A_YEAR = 365 * 24 * 3600

blueprint = Blueprint("console_assets", __name__, url_prefix="/admin/static", template_folder="templates")


class AssetsMissing(RuntimeError):
    """The third-party assets were never built, or only in part; the message names the command."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}. The console's third-party assets have to be built once: {SET_UP}")


@dataclass(frozen=True)
class Assets:
    """`vendor` maps a plain name ("tabler.css") to its hashed file; `build` changes with any file we serve."""

    vendor: Mapping[str, str]
    build: str

    def path_of(self, name: str) -> str:
        """The path below the static folder of a third-party asset or of one of our own files."""
        if name in self.vendor:
            return f"{VENDOR}/{self.vendor[name]}"
        if not (STATIC / name).is_file():
            raise AssetsMissing(f"No asset is called {name!r}")
        return name


def load_assets(manifest: Path = STATIC / VENDOR / "manifest.json") -> Assets:
    """Reads the manifest; raises AssetsMissing when it is absent or names a file that is not there."""
    try:
        entries: dict[str, dict[str, str]] = json.loads(manifest.read_text("utf-8"))
    except FileNotFoundError as missing:
        raise AssetsMissing(f"{manifest.name} is missing") from missing
    for name, entry in entries.items():
        if not (manifest.parent / entry["file"]).is_file():
            raise AssetsMissing(f"{name} is in {manifest.name}, but {entry['file']} is missing")
    return Assets({name: entry["file"] for name, entry in entries.items()}, _build_of(manifest))


def stub_assets() -> Assets:
    """For tests without Node: every third-party name exists, none of the files does."""
    names = ("tabler.css", "tabler.js", "htmx.js", "echarts.js", "icons.svg")
    return Assets({name: f"stub-{name}" for name in names}, "stub")


def install(app: Flask, assets: Assets) -> None:
    """Serves the files, gives templates `asset_url`, and puts the console's templates on the search path."""
    app.extensions["console_assets"] = assets
    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset_url"] = asset_url


def asset_url(name: str) -> str:
    """The address of an asset. The build is part of the path, so that our ES modules may import each other by
    relative names and still be cached for ever."""
    assets: Assets = current_app.extensions["console_assets"]
    return url_for("console_assets.file", build=assets.build, name=assets.path_of(name))


@blueprint.get("/<build>/<path:name>")
@open_to_all
def file(build: str, name: str) -> Response:
    """A page of the previous build may still ask for its files: it gets today's, but must not keep them."""
    answer = send_from_directory(STATIC, name)
    if build == current_app.extensions["console_assets"].build and not current_app.debug:
        answer.cache_control.max_age = A_YEAR
        answer.cache_control.public = True
        answer.cache_control.immutable = True
        answer.cache_control.no_cache = None
    else:
        answer.cache_control.no_store = True
    return answer


def _build_of(manifest: Path) -> str:
    digest = hashlib.sha256(manifest.read_bytes())
    for path in sorted(STATIC.rglob("*")):
        if path.is_file() and VENDOR not in path.parts:
            digest.update(path.relative_to(STATIC).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
