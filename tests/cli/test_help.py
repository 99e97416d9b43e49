"""Every command documents itself with examples that fit its options."""

from __future__ import annotations

import shlex

from typer.main import get_command

from recommender.cli import app

GROUP = get_command(app)
COMMANDS = sorted(GROUP.commands)


def examples(command: str) -> list[str]:
    """The command lines of a command's examples block."""
    _, _, block = (GROUP.commands[command].epilog or "").partition("Examples:\n")
    return [line.strip() for line in block.splitlines() if line.strip()]


def test_there_are_commands():
    assert {"build", "query", "run"} <= set(COMMANDS)


def test_every_command_has_examples_of_itself():
    for command in COMMANDS:
        found = examples(command)
        assert found
        assert all(line.startswith(f"related {command} ") for line in found)


def test_an_example_is_a_command_line_that_is_accepted():
    for line in [line for command in COMMANDS for line in examples(command)]:
        _, command, *arguments = shlex.split(line.partition(" > ")[0])
        GROUP.commands[command].make_context(command, arguments).close()


def test_every_option_and_argument_has_a_help_text():
    for command in COMMANDS:
        assert [one.name for one in GROUP.commands[command].params if not (one.help or "").strip()] == []


def test_a_commands_help_shows_its_options_and_examples(related):
    for command in COMMANDS:
        done = related(command, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        shown = {line.strip() for line in done.stdout.splitlines()}
        assert set(examples(command)) <= shown
        for parameter in GROUP.commands[command].params:
            for name in (*parameter.opts, *parameter.secondary_opts):
                assert not name.startswith("-") or name in done.stdout


def test_a_commands_help_says_what_a_list_is_made_of(related):
    for command, said in [
        (
            "query",
            "With --explain the candidates follow: what each feature adds to the score, and whether the candidate was",
        ),
        ("query", "left out by a rule, a copy, under the minimum, capped, or not among the best"),
        ("query", "0 for the most related, 1 for the least alike"),
        ("query", "At most so many of one provider; 0 for any"),
        ("query", "the least alike. [default: (configured); 0<=x<=1]"),
        ("query", "0 for any. [default: (configured); x>=0]"),
        ("run", "no minimum score, no rules, no collapsing of copies, no diversity and no hub control"),
        ("run", "Rank as readers see it: with minimum, rules, copies, diversity and hubs"),
    ]:
        shown = " ".join(related(command, "--help").stdout.replace("│", " ").split())
        assert said in shown


def test_the_help_lists_the_commands_and_the_exit_codes(related):
    done = related("--help")
    assert done.returncode == 0
    for expected in (*COMMANDS, "Exit codes: 0 done, 1 error, 2 wrong usage, 3 some articles were skipped"):
        assert expected in done.stdout


def test_no_command_shows_the_help_as_wrong_usage(related):
    done = related()
    assert done.returncode == 2
    assert "Usage:" in done.stdout + done.stderr


def test_wrong_usage_exits_with_two_and_says_so_on_stderr(related, tmp_path):
    for arguments in [["nonsense"], ["build", "--nonsense"], ["run"], ["build", "--collection", "c"]]:
        done = related(*arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Error: " in done.stderr
        assert list(tmp_path.iterdir()) == []
