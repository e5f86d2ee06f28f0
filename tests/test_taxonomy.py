"""arXiv's categories: all of them, each with a Chinese name of its own."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest_plugin.identifiers import ARCHIVES
from digest_plugin.intake.taxonomy import (
    _ACTIVE,
    _INACTIVE,
    ALIASES,
    CATEGORIES,
    Category,
    chinese_name,
    closest,
)

# https://arxiv.org/category_taxonomy, by archive.
COUNTS = {
    "astro-ph": 6, "cond-mat": 9, "cs": 40, "econ": 3, "eess": 4, "gr-qc": 1, "hep-ex": 1,
    "hep-lat": 1, "hep-ph": 1, "hep-th": 1, "math": 32, "math-ph": 1, "nlin": 5, "nucl-ex": 1,
    "nucl-th": 1, "physics": 22, "q-bio": 10, "q-fin": 9, "quant-ph": 1, "stat": 6,
}  # fmt: skip


def test_every_category_of_today_is_there() -> None:
    """155 categories in 20 archives."""
    active = Counter(c.id.partition(".")[0] for c in CATEGORIES.values() if c.active)
    assert active == COUNTS
    assert active.total() == 155


def test_every_archive_is_there_as_old_papers_carry_it() -> None:
    """Those that gave out identifiers, and those that came later and have categories."""
    assert {*ARCHIVES, "econ", "eess", "q-fin", "stat"} <= set(CATEGORIES)
    inactive = {category.id for category in CATEGORIES.values() if not category.active}
    assert not any("." in category for category in inactive)
    assert len(CATEGORIES) == 155 + len(inactive) == 184


def test_the_table_is_read_whole_and_holds_nothing_twice() -> None:
    """Every line becomes a category, in order."""
    lines = (_ACTIVE + _INACTIVE).split("\n")
    assert [line.split()[0] for line in lines if line] == list(CATEGORIES)
    for text in (_ACTIVE, _INACTIVE):
        ids = [line.split()[0] for line in text.split("\n") if line]
        assert ids == sorted(ids)


def test_every_category_has_its_form_and_its_names() -> None:
    """IDs as arXiv writes them, English in English, Chinese in Chinese, nothing left over."""
    for id_, category in CATEGORIES.items():
        assert category.id == id_
        assert re.fullmatch(r"[a-z]+(-[a-z]+)?(\.([A-Z]{2}|[a-z]+(-[a-z]+)?))?", id_)
        assert re.fullmatch(r"[A-Z][A-Za-z,' -]+[a-zA-Z]", category.name)
        assert re.fullmatch(r"(K )?[\u4e00-\u9fff、]+", category.chinese)


def test_only_aliases_share_a_chinese_name() -> None:
    """Whoever reads two names knows that they are two fields."""
    names = defaultdict(set)
    for category in CATEGORIES.values():
        names[category.chinese].add(ALIASES.get(category.id, category.id))
    assert {name: ids for name, ids in names.items() if len(ids) > 1} == {}
    for alias, other in ALIASES.items():
        assert other not in ALIASES
        assert CATEGORIES[other].active
        assert CATEGORIES[alias].chinese == CATEGORIES[other].chinese


def test_arxivs_aliases_are_aliases() -> None:
    """The six pairs that arXiv lists twice; the others are archives that became categories."""
    pairs = {alias: other for alias, other in ALIASES.items() if CATEGORIES[alias].active}
    assert pairs == {
        "cs.NA": "math.NA", "cs.SY": "eess.SY", "math.IT": "cs.IT", "math.MP": "math-ph",
        "q-fin.EC": "econ.GN", "stat.TH": "math.ST",
    }  # fmt: skip
    for alias, other in ALIASES.items():
        if alias != "q-fin.EC":  # Economics became General Economics
            assert CATEGORIES[alias].name == CATEGORIES[other].name


@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("cs.CL", "计算与语言"),
        ("cs.LG", "机器学习"),
        ("stat.ML", "统计机器学习"),
        ("cs.CV", "计算机视觉与模式识别"),
        ("math.KT", "K 理论与同调"),
        ("cmp-lg", "计算与语言"),
        ("astro-ph", "天体物理"),
        ("cs.cl", None),
        ("68T50", None),
        ("I.2.7", None),
        ("", None),
    ],
)
def test_the_chinese_name(category: str, name: str | None) -> None:
    """Of a category as arXiv writes it; MSC and ACM classes have none."""
    assert chinese_name(category) == name


def test_the_names_cannot_be_changed() -> None:
    """All modules share them."""
    with pytest.raises(TypeError):
        CATEGORIES["cs.XX"] = Category("cs.XX", "X", "某", active=True)  # type: ignore[index]
    with pytest.raises(AttributeError):
        CATEGORIES["cs.CL"].chinese = "某"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("cs.CL", "cs.CL"),
        ("cs.cl", "cs.CL"),
        ("CS.CL", "cs.CL"),
        (" cs.CL\n", "cs.CL"),
        ("cs。CL", "cs.CL"),
        ("ｃｓ．ＣＬ", "cs.CL"),
        ("csCL", "cs.CL"),
        ("cs-CL", "cs.CL"),
        ("cs/CL", "cs.CL"),
        ("hepth", "hep-th"),
        ("hep_th", "hep-th"),
        ("math.ph", "math-ph"),
        ("math.mp", "math.MP"),
        ("sc.CL", "cs.CL"),
        ("cs.LC", "cs.CL"),  # and not cs.LG, which is one letter away
        ("stat.LM", "stat.ML"),
        ("stats.ML", "stat.ML"),
        ("maths.CO", "math.CO"),
        ("physics.opitcs", "physics.optics"),
        ("cond-mat.mtrl-sc", "cond-mat.mtrl-sci"),
        ("quant-ps", "quant-ph"),
        ("alg_geom", "alg-geom"),
        ("Physics", "physics"),
        ("cs.XX", None),
        ("cs.L", None),  # cs.LG, cs.LO, cs.CL, cs.DL ...
        ("cs.AL", None),
        ("68T50", None),
        ("I.2.7", None),
        ("机器学习", None),
        ("", None),
        ("...", None),
        ("cs.CL" * 1_000_000, None),
    ],
)
def test_what_a_person_meant(written: str, meant: str | None) -> None:
    """Wrong case, wrong signs, or one slip; where several are as close, none is guessed."""
    assert closest(written) == meant


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_is_found_in_any_case_and_without_its_signs(category: str) -> None:
    """No two of them differ in nothing else."""
    for written in (category, category.lower(), category.upper(), re.sub(r"\W", "", category)):
        assert closest(written) == category


@given(st.text(max_size=50))
def test_anything_may_be_asked(text: str) -> None:
    """Text of every kind gets an answer that is a category, or none."""
    assert closest(text) is None or closest(text) in CATEGORIES


def distance(one: str, other: str) -> int:
    """Letters to change, remove, insert or swap with their neighbour to make `other` of `one`."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b)))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                row[-1] = min(row[-1], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


LETTERS = {category: re.sub(r"\W", "", category).lower() for category in CATEGORIES}


@settings(max_examples=300)
@given(st.sampled_from(sorted(LETTERS.values())), st.integers(0, 20), st.data())
def test_a_slip_leads_to_nothing_that_is_further_away(letters: str, place: int, data) -> None:
    """What is suggested is one slip away; what is not suggested is too far, or has company."""
    slip = data.draw(st.sampled_from(["", "a", "c", "h", "s", "x", "7"]))
    kept = letters[place + data.draw(st.integers(0, 1)) :]
    written = letters[:place] + slip + kept
    found = closest(written)
    near = [category for category, other in LETTERS.items() if distance(written, other) <= 1]
    if found is not None:
        assert found in near
    else:
        assert len(near) != 1
