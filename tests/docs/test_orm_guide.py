"""`docs/orm.md` from its first block to its last, as one program."""

from __future__ import annotations

from tests.docs import pages


def test_every_example_of_the_guide_does_what_it_says(services, tmp_path):
    code = "\n".join(pages.blocks("orm.md", "python"))
    names: dict[str, object] = {"__name__": "orm_guide"}
    assert code.count("assert ") > 10, "the guide's examples say what comes out by assertions"

    try:
        exec(compile(code, str(tmp_path / "orm.md"), "exec"), names)
    finally:
        scratch = names.get("scratch")
        if scratch is not None:
            scratch.gen.close()
