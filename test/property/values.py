"""Random values of every kind of column, as PostgreSQL reads them; the same seed gives the same values."""

import json
import uuid

MOODS = ["sad", "ok", "happy", "very happy", "ÄÖ"]

WORDS = ["a", "b", "", " ", "x\ty", "line\nbreak", "back\\slash", "\\N", "quo'te", 'dou"ble', "ünïcödé", "日本語", "🙂",
         "NULL", "%", "$1", "--", ";", "{a,b}", "0", "A"]


def quote(text):
    """A string literal that means `text` whatever standard_conforming_strings says."""
    if text is None:
        return "NULL"
    body = text.replace("'", "''")
    return "E'" + body.replace("\\", "\\\\") + "'" if "\\" in body else "'" + body + "'"


def literal(text, type_name):
    return "NULL" if text is None else f"{quote(text)}::{type_name}"


def copy_field(text):
    """`text` as one field of COPY's text format."""
    if text is None:
        return "\\N"
    for plain, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(plain, escaped)
    return text


def identifier(name):
    return '"' + name.replace('"', '""') + '"'


def _integer(low, high):
    return lambda rng: str(rng.choice([0, 1, -1, rng.randint(-50, 50), rng.randint(low, high)]))


def _array(element):
    def make(rng):
        items = [element(rng) for _ in range(rng.randint(0, 3))]
        quoted = ['"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' for item in items]
        return "{" + ",".join(quoted + (["NULL"] if rng.random() < 0.2 else [])) + "}"
    return make


def _range(element, low_first):
    def make(rng):
        if rng.random() < 0.15:
            return "empty"
        low, high = sorted((element(rng), element(rng)), key=low_first)
        return rng.choice(["[{},{})", "({},{}]", "[,{1})", "[{},)"]).format(low, high)
    return make


def _text(rng):
    if rng.random() < 0.12:
        return rng.choice("xyzé") * rng.randint(2500, 9000)  # beyond what fits a page: TOASTed
    return rng.choice(WORDS) + (str(rng.randint(0, 9)) if rng.random() < 0.5 else "")


def _short(rng):
    return rng.choice(["a", "b", "ab", "é", "x y", "", "\\", "'"])


def _day(rng):
    return f"{rng.randint(1900, 2100)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def _clock(rng):
    return f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}.{rng.randint(0, 999999):06}"


def _document(rng):
    return json.dumps(rng.choice([
        None, True, 1, 1.50, "text", [], {}, {"b": 1, "a": [1, None, "ü"]}, {"nested": {"x": "y\n"}}, "z" * 3000,
    ]), ensure_ascii=False)


def _composite(rng):
    return f'({rng.choice(["", rng.randint(0, 99)])},"{rng.choice(["", "a b", "x,y", "ü"])}")'


TYPES = {
    "smallint": _integer(-32768, 32767),
    "integer": _integer(-2**31, 2**31 - 1),
    "bigint": _integer(-2**63, 2**63 - 1),
    "text": _text,
    "character varying(12)": _short,
    "character(4)": lambda rng: rng.choice(["a", "ab", "abcd", ""]),
    "boolean": lambda rng: rng.choice("tf"),
    "numeric": lambda rng: rng.choice(["NaN", "Infinity", "-Infinity", "0", "0.00", "1.10", "1.1", "-12345678901234567890.5"]),
    "numeric(8,3)": lambda rng: rng.choice(["NaN", "1", "-0.0005", "99999.999"]),
    "real": lambda rng: rng.choice(["NaN", "Infinity", "-Infinity", "-0", "0", "1.5", "3.4e38", "1e-37", "0.1"]),
    "double precision": lambda rng: rng.choice(["NaN", "Infinity", "-Infinity", "-0", "0", "0.1", "1e300", "2.2250738585072014e-308"]),
    "date": lambda rng: rng.choice([_day(rng), "infinity", "-infinity", "0044-03-15 BC"]),
    "time without time zone": _clock,
    "time with time zone": lambda rng: _clock(rng) + rng.choice(["+00", "+05:30", "-11"]),
    "timestamp without time zone": lambda rng: rng.choice([f"{_day(rng)} {_clock(rng)}", "infinity", "0001-01-01 00:00:00 BC"]),
    "timestamp with time zone": lambda rng: rng.choice([f"{_day(rng)} {_clock(rng)}+{rng.randint(0, 12):02}", "-infinity"]),
    "interval": lambda rng: rng.choice(["1 mon -1 day 00:00:01.5", "-00:00:01", "10 years", "00:00:00"]),
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128))),
    "bytea": lambda rng: "\\x" + bytes(rng.getrandbits(8) for _ in range(rng.choice([0, 1, 8, 3000]))).hex(),
    "json": _document,
    "jsonb": _document,
    "integer[]": _array(_integer(-9, 9)),
    "text[]": _array(_short),
    "integer[][]": lambda rng: rng.choice(["{{1,2},{3,4}}", "{}", "[2:3]={7,8}"]),
    "int4range": _range(lambda rng: str(rng.randint(0, 99)), int),
    "numrange": _range(lambda rng: f"{rng.randint(0, 99)}.{rng.randint(0, 9)}", float),
    "tstzrange": lambda rng: rng.choice(["[2020-01-01 00:00+00,2021-01-01 00:00+02)", "(,2020-01-01 00:00+00]", "empty"]),
    "int4multirange": lambda rng: rng.choice(["{}", "{[1,3),[5,9)}"]),
    "inet": lambda rng: rng.choice(["10.0.0.1", "10.0.0.0/8", "::1", "2001:db8::/32"]),
    "macaddr": lambda rng: "08:00:2b:01:02:%02x" % rng.randint(0, 255),
    "point": lambda rng: f"({rng.randint(0, 9)},{rng.choice(['0.5', 'NaN', 'Infinity'])})",
    "bit(5)": lambda rng: format(rng.getrandbits(5), "05b"),
    "bit varying": lambda rng: format(rng.getrandbits(7), "b"),
    "tsvector": lambda rng: rng.choice(["'fat':2 'cat':3A", ""]),
    "pg_lsn": lambda rng: f"{rng.randint(0, 9)}/{rng.randint(0, 0xFFFF):X}",
    "xid8": lambda rng: str(rng.randint(0, 2**40)),
    '"char"': lambda rng: rng.choice("ab"),
    "name": lambda rng: rng.choice(["n", "nämé", "x y"]),
    "public.mood": lambda rng: rng.choice(MOODS),
    "public.mood[]": _array(lambda rng: rng.choice(MOODS)),
    "public.positive": lambda rng: str(rng.randint(1, 9999)),
    'public."Short Text"': _short,
    'public."Pair"': _composite,
    'public."Pair"[]': _array(_composite),
}

# Types that can be keys: they have a default B-tree class, and many distinct values.
KEYS = {
    "smallint": lambda rng, n: str(n + 1),
    "integer": lambda rng, n: str(n + 1),
    "bigint": lambda rng, n: str((n + 1) * rng.choice([1, -1]) + rng.choice([0, 1 << 52]) * 7),
    "uuid": lambda rng, n: str(uuid.UUID(int=rng.getrandbits(128))),
    "text": lambda rng, n: rng.choice(WORDS) + "·" + str(n),
    "character varying(12)": lambda rng, n: f"k{n}",
    "numeric": lambda rng, n: f"{n}.{rng.randint(0, 99):02}",
    "date": lambda rng, n: f"{2000 + n // 300}-{1 + n % 12:02}-{1 + n % 25:02}",
    "timestamp with time zone": lambda rng, n: f"2020-01-{1 + n % 28:02} 10:00:{n % 60:02}+02",
    "bytea": lambda rng, n: "\\x%08x" % n,
    "public.positive": lambda rng, n: str(n + 1),
}

SETUP = f"""
CREATE TYPE public.mood AS ENUM ({", ".join(quote(mood) for mood in MOODS)});
CREATE DOMAIN public.positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN public."Short Text" AS varchar(12);
CREATE TYPE public."Pair" AS (number integer, "the word" text);
"""


def of_type(rng, type_name, nullable=True):
    """A random value, or None for NULL. Types that nobody here knows give an empty string."""
    if nullable and rng.random() < 0.12:
        return None
    return TYPES.get(type_name, lambda _: "")(rng)
