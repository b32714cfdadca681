"""Flags and segments to try things on: small ones by hand, and generated ones of every shape."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from server.domain.flags.documents import parse_flag, parse_segment, plain

SEED = "00112233445566778899aabbccddeeff"
Document = dict[str, Any]
Set = tuple[dict[str, Document], dict[str, Document]]

SEGMENTS = ("testers", "staff")
words = st.text(alphabet="abcXYZ019 中文“”<>&'\"-", min_size=1, max_size=8).map(str.strip).filter(bool)
versions = st.builds(
    "{}.{}.{}{}".format,
    st.integers(0, 3),
    st.integers(0, 12),
    st.integers(0, 3),
    st.sampled_from(["", "", "", "-rc.1", "-beta.2", "-0"]),
)
ranges = st.sampled_from(
    ["^1.4.0", "~1.4", "1.x", ">=1.4.0 <2.0.0", "1.2.0 - 1.5", "^0.2.3 || 3", "=1.4.0", "<2.0.0-rc.1"]
)
moments = st.integers(0, 4_000_000_000).map(lambda s: f"{_moment(s)}")
numbers = st.integers(-50, 50) | st.sampled_from([0.5, -2.25])


def _moment(seconds: int) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def flag(key: str = "new-search", **changes: Any) -> Document:
    """A flag that is off for all, in its plain form."""
    raw: Document = {
        "key": key,
        "kind": "boolean",
        "name": "新版搜索",
        "variants": {"on": True, "off": False},
        "default": "off",
        "seed": SEED,
        **changes,
    }
    return plain(parse_flag({name: value for name, value in raw.items() if value is not None}))


def rule(name: str = "", *when: Document, serve: Any = "on") -> Document:
    """A rule that gives a variant, or shares."""
    given = {"variant": serve} if isinstance(serve, str) else {"split": serve, "by": "targetingKey"}
    return {"name": name, "when": list(when), "serve": given}


def when(attribute: str, op: str, *values: Any, **more: Any) -> Document:
    """A condition."""
    return {"attribute": attribute, "op": op, "values": list(values), **more}


def segment(key: str = "testers", *ids: str) -> Document:
    """A segment of users by id."""
    return plain(
        parse_segment({"key": key, "name": "内测人员", "any": [[when("targetingKey", "in", *(ids or ("u1",)))]]})
    )


def _conditions(*, segments: bool) -> st.SearchStrategy[Document]:
    texts = st.sampled_from(["targetingKey", "environment", "platform", "region", "channel"])
    lists = st.lists(words, min_size=1, max_size=3)
    ordered = st.sampled_from(["at_least", "above", "at_most", "below", "equals"])
    versioned = st.sampled_from(["version", "baseLibrary"])
    kinds = [
        st.builds(
            lambda a, o, v: when(a, o, *v),
            texts,
            st.sampled_from(["in", "not_in", "starts_with", "ends_with", "contains"]),
            lists,
        ),
        st.builds(lambda a, o, v, m: when(a, o, v, missing=m), versioned, ordered, versions, st.booleans()),
        st.builds(
            lambda a, o, v, m: when(a, o, *v, missing=m),
            versioned,
            st.sampled_from(["one_of", "not_one_of"]),
            st.lists(versions, min_size=1, max_size=3),
            st.booleans(),
        ),
        st.builds(lambda a, v, m: when(a, "range", v, missing=m), versioned, ranges, st.booleans()),
        st.builds(
            lambda v, m: when("version", "between", "0.1.0", v, missing=m),
            versions.map(lambda v: "1" + v),
            st.booleans(),
        ),
        st.builds(lambda o, v, m: when("age", o, v, missing=m), ordered, numbers, st.booleans()),
        st.builds(lambda m: when("age", "between", 1, 9.5, missing=m), st.booleans()),
        st.builds(lambda o: when("vip", o), st.sampled_from(["is_true", "is_false", "present", "absent"])),
        st.builds(lambda o, v: when("time", o, v), st.sampled_from(["from", "until"]), moments),
        st.just(when("time", "between", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")),
    ]
    if segments:
        kinds.append(
            st.builds(
                lambda o, v: when("segment", o, *v),
                st.sampled_from(["in", "not_in"]),
                st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=2, unique=True),
            )
        )
    return st.one_of(kinds)


@st.composite
def _serves(draw: st.DrawFn, variants: list[str]) -> Document:
    if len(variants) < 2 or draw(st.booleans()):
        return {"variant": draw(st.sampled_from(variants))}
    chosen = draw(st.lists(st.sampled_from(variants), min_size=2, unique=True))
    weights = [draw(st.integers(0, 10_000 // len(chosen))) for _ in chosen[1:]]
    by = draw(st.sampled_from(["targetingKey", "region", "org.id"]))
    return {"split": list(map(list, zip(chosen, [10_000 - sum(weights), *weights], strict=True))), "by": by}


@st.composite
def flags(draw: st.DrawFn, key: str = "new-search", before: tuple[Document, ...] = ()) -> Document:
    """A valid flag of any shape; its prerequisites are among ``before``."""
    kind, values = draw(
        st.sampled_from(["boolean", "string", "number", "object"]).flatmap(
            lambda kind: st.tuples(
                st.just(kind),
                st.dictionaries(
                    words,
                    {
                        "boolean": st.booleans(),
                        "string": words,
                        "number": numbers,
                        "object": st.fixed_dictionaries({"size": numbers, "label": words}),
                    }[kind],
                    min_size=1,
                    max_size=4,
                ),
            )
        )
    )
    names = list(values)
    raw: Document = {
        "key": key,
        "kind": kind,
        "name": draw(words),
        "description": draw(st.just("") | words),
        "owner": draw(st.just("") | words),
        "tags": draw(st.lists(words, max_size=3, unique=True)),
        "permanent": draw(st.booleans()),
        "enabled": draw(st.booleans()),
        "variants": values,
        "default": draw(st.none() | st.sampled_from(names)),
        "seed": draw(st.text("0123456789abcdef", min_size=32, max_size=32)),
        "expires_on": draw(st.none() | st.just("2026-12-31")),
        "metadata": draw(st.just({}) | st.just({"ticket": "FW-1", "weight": 2, "beta": True})),
    }
    wanted = draw(st.lists(st.sampled_from(before), unique_by=lambda other: other["key"], max_size=2)) if before else []
    raw["prerequisites"] = [
        {
            "flag": other["key"],
            "variants": draw(st.lists(st.sampled_from(sorted(other["variants"])), min_size=1, unique=True)),
        }
        for other in wanted
    ]
    if wanted:
        raw["otherwise"] = draw(st.none() | st.sampled_from(names))
    if draw(st.integers(0, 5)) == 0:
        raw["targeting"] = {"if": [{"==": [{"var": "region"}, "金华"]}, draw(st.sampled_from(names)), None]}
    else:
        one = st.fixed_dictionaries(
            {
                "name": st.just("") | words,
                "when": st.lists(_conditions(segments=True), max_size=3),
                "serve": _serves(names),
            }
        )
        raw["rules"] = draw(st.lists(one, max_size=3))
    return plain(parse_flag(raw))


@st.composite
def sets(draw: st.DrawFn) -> Set:
    """A whole set: two segments, up to four flags, prerequisites running backwards."""
    segments = {}
    for key in SEGMENTS:
        groups = draw(st.lists(st.lists(_conditions(segments=False), min_size=1, max_size=2), min_size=1, max_size=2))
        segments[key] = plain(parse_segment({"key": key, "name": draw(words), "any": groups}))
    found: dict[str, Document] = {}
    for number in range(draw(st.integers(1, 4))):
        made = draw(flags(f"flag-{number}", tuple(found.values())))
        found[made["key"]] = made
    return found, segments


contexts = st.fixed_dictionaries(
    {},
    optional={
        "targetingKey": st.text("abc019", max_size=4),
        "environment": st.sampled_from(["develop", "trial", "release"]),
        "platform": st.sampled_from(["ios", "android"]),
        "region": st.sampled_from(["金华", "义乌", ""]),
        "version": versions | st.sampled_from(["", "2024.01.05", "v1.4", "latest"]),
        "baseLibrary": versions,
        "age": numbers,
        "vip": st.booleans(),
        "org": st.fixed_dictionaries({"id": words}),
    },
)
