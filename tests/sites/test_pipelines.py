"""What pipelines run: the scripts of the action, the hooks of pre-commit, and the examples of the manual."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from sites.harness import run
from sites.virtual import python_packages
from support.commands import Related

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
# Instead of an environment with the package: what its pip is told, and this installation of the command.
PYTHON = """#!/bin/bash
mkdir -p "$3/bin"
printf '#!/bin/bash\\necho "$@" >{log}\\n' >"$3/bin/python"
printf '#!/bin/bash\\nPYTHONPATH={root} exec {python} -m recommender.cli "$@"\\n' >"$3/bin/related"
chmod +x "$3/bin/python" "$3/bin/related"
"""
GH = """#!{python}
import json, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1:3] == ["pr", "list"]:
    print({open!r})
"""


@dataclass
class Done:
    """What a run of the action left.

    Attributes:
        status: That of the step that failed; 0 if none did.
        outputs: Those of each step, by its id.
        summary: The summary of the job.
        log: What the steps printed.
        gh: The arguments of each call of `gh`.
    """

    status: int = 0
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    summary: str = ""
    log: str = ""
    gh: list[list[str]] = field(default_factory=list)


class Repository:
    """A clone with the sample site in it, and the bare repository that it came from."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clone = folder, folder / "clone"
        self._git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
        self._git(folder, "clone", "--quiet", "remote.git", "clone")
        shutil.copytree(ROOT / "data" / "site", self.clone / "site")
        self.git("add", "site")
        self.git("-c", "user.name=Ann", "-c", "user.email=ann@ferry.example", "commit", "--quiet", "--message=Site")
        self.git("push", "--quiet", "origin", "HEAD:main")
        (self.clone / "site" / "left.txt").write_text("no article")

    def git(self, *arguments: str) -> str:
        return self._git(self.clone, *arguments)

    def remote(self, *arguments: str) -> str:
        return self._git(self.folder / "remote.git", *arguments)

    def run(self, *, open_request: str = "", **inputs: str) -> Done:
        """Run the action's scripts as a runner does; the actions that set up Python and keep a cache are left out."""
        temp, bin_ = self.folder / "temp", self.folder / "bin"
        for place in (temp, bin_):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
        gh_log = temp / "gh"
        self._program(bin_ / "gh", GH.format(python=sys.executable, log=str(gh_log), open=open_request))
        self._program(bin_ / "python", PYTHON.format(log=temp / "pip", root=ROOT, python=sys.executable))
        defaults = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()}
        done = Done(outputs={"python": {"python-path": str(bin_ / "python")}})
        for step in (step for step in STEPS if "run" in step):
            if not _holds(step.get("if"), defaults | inputs, done.outputs):
                continue
            files = {name: temp / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
            files["GITHUB_OUTPUT"].write_text("")
            ended = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=self.clone,
                env={
                    "PATH": f"{bin_}:/usr/bin:/bin",
                    "HOME": str(temp),
                    "RUNNER_TEMP": str(temp),
                    "HF_HUB_OFFLINE": "1",
                    "PYTHONWARNINGS": "ignore",
                    **{name: str(file) for name, file in files.items()},
                    **{name: _value(text, defaults | inputs, done.outputs) for name, text in step["env"].items()},
                },
                capture_output=True,
                text=True,
            )
            lines = files["GITHUB_OUTPUT"].read_text().splitlines()
            done.outputs[step.get("id", "")] = dict(line.split("=", 1) for line in lines)
            done.log += ended.stdout + ended.stderr
            done.status = ended.returncode
            if done.status:
                break
        summary = temp / "GITHUB_STEP_SUMMARY"
        done.summary = summary.read_text() if summary.exists() else ""
        done.gh = [json.loads(line) for line in gh_log.read_text().splitlines()] if gh_log.exists() else []
        return done

    def _git(self, folder: Path, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _program(self, file: Path, text: str) -> None:
        file.write_text(text)
        file.chmod(0o755)


def _value(text: str, inputs: dict[str, str], outputs: dict[str, dict[str, str]]) -> str:
    """A text of the action with its expressions evaluated: names, and the first of two that is not empty."""
    known = {"github.action_path": str(ROOT), "github.head_ref": "", "github.ref_name": "main", "github.token": "token"}

    def look_up(name: str) -> str:
        kind, _, rest = name.partition(".")
        if kind == "inputs":
            return _value(inputs[rest], inputs, outputs)
        if kind == "steps":
            step, _, output = rest.partition(".outputs.")
            return outputs[step].get(output, "")
        return known[name]

    def replace(match: re.Match[str]) -> str:
        return next(filter(None, map(look_up, match[1].split(" || "))), "")

    return re.sub(r"\$\{\{ (.+?) \}\}", replace, text)


def _holds(condition: str | None, inputs: dict[str, str], outputs: dict[str, dict[str, str]]) -> bool:
    """Whether comparisons of a name with a text, joined by `&&`, are all true."""
    for part in (condition or "").split(" && ") if condition else []:
        name, operator, text = part.split(" ")
        equal = _value(f"${{{{ {name} }}}}", inputs, outputs) == text.strip("'")
        if equal != (operator == "=="):
            return False
    return True


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_nothing_but_pinned_actions_is_used_and_no_script_holds_an_expression():
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used
    assert [name for name in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name)] == []
    assert [step["name"] for step in STEPS if "${{" in step.get("run", "")] == []


def test_checking_fails_where_a_list_would_change_and_writes_nothing(repository: Repository):
    done = repository.run(site="site")
    assert done.status == 4
    assert done.outputs["lists"] == {"changed": "true"}
    assert "::error title=Related articles::Lists would change" in done.log
    assert "Changed lists: 73" in done.summary
    assert "filled     _news/2016-11-15-at-holloway-the-shelves-come-to-the-pickers.md  1 item\n" in done.summary
    assert "recommended  68 (82.9%) of 82 articles" in done.summary
    assert repository.git("status", "--short", "--untracked-files=no") == ""
    assert (repository.folder / "temp" / "pip").read_text().split() == [
        *("-m", "pip", "install", "--quiet", "--constraint", f"{ROOT}/constraints.txt", str(ROOT))
    ]


def test_committing_pushes_the_files_of_the_site_and_nothing_else(repository: Repository):
    done = repository.run(site="site", mode="commit")
    assert done.status == 0, done.log
    assert repository.remote("log", "--format=%s by %an", "main").splitlines() == [
        "Update related articles by github-actions[bot]",
        "Site by Ann",
    ]
    changed = repository.remote("diff", "--name-only", "main~", "main").splitlines()
    articles = [path for path in changed if path.startswith("site/_news/")]
    assert len(articles) == 73
    assert set(changed) - set(articles) == {"site/.related/.gitignore", "site/.related/written.jsonl"}
    assert done.gh == []

    # Now every list is there.
    again = repository.run(site="site", mode="commit")
    assert (again.status, again.outputs["lists"]) == (0, {"changed": "false"})
    assert len(repository.remote("log", "--format=%s", "main").splitlines()) == 2
    assert repository.run(site="site").status == 0


def test_a_pull_request_is_opened_once_and_then_kept_up_to_date(repository: Repository):
    inputs = {"site": ".", "mode": "pull-request", "into": "site/_data/related.json", "args": "-k 2  --no-repair"}
    done = repository.run(**inputs)
    assert done.status == 0, done.log
    changed = repository.remote("diff", "--name-only", "main", "related-articles").splitlines()
    assert changed == [".related/.gitignore", ".related/written.jsonl", "site/_data/related.json"]
    lists = json.loads(repository.remote("show", "related-articles:site/_data/related.json"))
    assert max(map(len, lists.values())) == 2
    assert repository.remote("log", "--format=%s", "main").splitlines() == ["Site"]
    listing, creating = done.gh
    assert listing[:4] == ["pr", "list", "--head", "related-articles"]
    report = str(repository.folder / "temp" / "related-report.md")
    assert creating == [
        *("pr", "create", "--head", "related-articles", "--base", "main"),
        *("--title", "Update related articles", "--body-file", report),
    ]

    repository.git("switch", "--quiet", "--discard-changes", "--detach", "origin/main")
    assert repository.run(**inputs, open_request="7").gh[1:] == [["pr", "edit", "7", "--body-file", report]]


def test_what_is_asked_for_is_data_and_never_run(repository: Repository):
    done = repository.run(site="site", args="--only $(touch${IFS}run) `touch run` ; touch run *")
    assert done.status not in {0, 4}
    assert not (repository.clone / "run").exists()
    done = repository.run(site="site", mode="publish")
    assert done.status == 2
    assert "mode is publish, not check, commit or pull-request" in done.log


def test_articles_that_cannot_be_read_do_not_stop_the_others(repository: Repository):
    (repository.clone / "site" / "_news" / "broken.md").write_bytes(b"---\ntitle: \xff\n---\n")
    done = repository.run(site="site", mode="commit")
    assert done.status == 0, done.log
    assert "::warning title=Related articles::Some articles cannot be read." in done.log
    assert done.outputs["lists"] == {"changed": "true"}


def test_hooks_build_and_check(related: Related, tmp_path: Path):
    clone = Repository(tmp_path).clone
    build, check = (shlex.split(hook["entry"])[1:] + hook["args"] for hook in HOOKS)
    fill = [part for part in check if part != "--check"]
    statuses = [related(*command, cwd=clone).returncode for command in (check, build, check, fill, build, check)]
    assert statuses == [1, 0, 4, 0, 0, 0]


def examples() -> dict[str, str]:
    """The files that the manual shows, by the name in their first line."""
    page = (ROOT / "docs" / "sites" / "pipelines.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:yaml|toml|sh)\n# (\S+)\n(.+?)^```", page, re.MULTILINE | re.DOTALL)
    # JSON has no comments.
    [vercel] = re.findall(r"^```json\n(.+?)^```", page, re.MULTILINE | re.DOTALL)
    return {**dict(blocks), "vercel.json": vercel}


def test_examples_are_what_their_readers_expect(tmp_path: Path):
    shown = examples()
    for name, text in shown.items():
        (tmp_path / Path(name).name).write_text(text.replace("COMMIT", "a" * 40))
    bin_ = python_packages("pipelines")
    for schema, file in [
        ("vendor.github-actions", ROOT / "action.yml"),
        ("vendor.github-workflows", tmp_path / "related.yml"),
        ("vendor.gitlab-ci", tmp_path / ".gitlab-ci.yml"),
        ("vendor.gitlab-ci", tmp_path / ".gitlab-ci.pages.yml"),
    ]:
        run(bin_ / "check-jsonschema", "--builtin-schema", schema, file, cwd=tmp_path)
    run(bin_ / "pre-commit", "validate-config", tmp_path / ".pre-commit-config.yaml", cwd=tmp_path)
    run(bin_ / "pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml", cwd=tmp_path)
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / "related.yml").rename(tmp_path / ".github" / "workflows" / "related.yml")
    run(bin_ / "zizmor", "--offline", ROOT / "action.yml", tmp_path / ".github", cwd=tmp_path)
    for name in ("related.sh", "build.sh"):
        run("sh", "-n", tmp_path / name, cwd=tmp_path)
    assert set(json.loads(shown["vercel.json"])) == {"installCommand", "buildCommand"}
    assert set(tomllib.loads(shown["netlify.toml"])) == {"build", "plugins"}


def test_the_manual_names_every_input_of_the_action():
    page = (ROOT / "docs" / "sites" / "pipelines.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE) == list(ACTION["inputs"])
