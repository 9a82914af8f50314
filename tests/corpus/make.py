"""Writes the files of the corpus: `python -m tests.corpus.make`. What is expected of them is written by hand."""

from pathlib import Path

from tests.corpus import texts, workbooks

FOLDER = Path(__file__).parent / "ingest"


def main() -> None:
    for name, build in (texts.FILES | workbooks.FILES).items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(build())


if __name__ == "__main__":
    main()
