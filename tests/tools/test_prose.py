"""`make lint` finds phrases that a reader does not understand at once."""

import subprocess
from pathlib import Path

import pytest

from tools.prose import EXCEPTIONS, PHRASES, ROOT, files, hits, report

EXAMPLES = {
    "Whoever did that is the last to know.": "Whoever",
    "It is drawn anew.": "anew",
    "somebody else's object": "somebody",
    "--jobs is no number from 1 on": "is no",
    "The name is none of ours.": "is none of",
    "A setting that cannot be meant": "cannot be meant",
    "Leave to upload one file.": "Leave to",
    "how long a ticket may be asked after": "asked after",
    "Change what was said of an image.": "said",
    "There is time for a look.": "a look",
    "Look again; find what helped.": "Look again",
    "fsck mends the entry": "mends",
    "The call gave up.": "gave up",
    "Let go of the file.": "Let go",
    "They are for people, not for bills.": "for people, not for bills",
    "Send the headers as they are.": "as they are",
    "the stem that stands in for an original": "stands in for",
    "What became of the upload.": "became of",
    "on the disk to the last byte": "to the last byte",
    "def test_nobody_without_a_key_may_ask() -> None:": "nobody",
}

PLAIN = (
    "There is no such image.",
    "The entry is no longer there.",
    "A row that was read as it is written now.",
    "`taken_at_said` is the time from the uploader.",
    "The amendment and the recommended mender",
    "Check the object again. It must be one of these.",
)


@pytest.mark.parametrize("sentence", EXAMPLES)
def test_a_phrase_is_found(sentence: str) -> None:
    assert [hit.phrase for hit in hits(sentence)] == [EXAMPLES[sentence]]


@pytest.mark.parametrize("sentence", PLAIN)
def test_plain_sentences_pass(sentence: str) -> None:
    assert list(hits(sentence)) == []


@pytest.mark.parametrize(
    "text",
    [
        "first\n    # the drop is refused, all\n    # the same\n",
        "first\n// the drop is refused, all\n// the same\n",
        'first\n    "the drop is refused, all "\n    f"the same"\n',
        "first\nthe drop is refused, all\nthe same\n",
    ],
    ids=["comments", "JavaScript", "joined strings", "text"],
)
def test_a_phrase_is_found_across_lines(text: str) -> None:
    assert [(hit.line, hit.phrase) for hit in hits(text)] == [(2, "all the same")]


def test_each_hit_is_reported_with_its_place_and_a_replacement(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('"""Plain."""\n\nsaid = 1  # anew\n')
    assert report(tmp_path, [Path("a.py")]) == [
        'a.py:3: Replace "anew". Write for example: again.',
        f'a.py:3: Replace "said". Write for example: {PHRASES["said"]}.',
    ]


def test_only_text_files_in_git_are_read(tmp_path: Path) -> None:
    for name in ("a.py", "b/Containerfile", "c.png", "docs/d.md", "tools/prose.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("anew")
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    (tmp_path / "not-in-git.py").write_text("anew")
    assert sorted(map(str, files(tmp_path))) == ["a.py", "b/Containerfile", "docs/d.md"]


def test_all_exceptions_exist() -> None:
    assert [name for name in EXCEPTIONS if not (ROOT / name).exists()] == []
