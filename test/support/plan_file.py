"""Reads plan files by their documents alone (docs/formats/plan.md, docs/formats/changeset.md), not by pgrehearse."""

import ctypes
import dataclasses
import hashlib
import struct

zstd = ctypes.CDLL("libzstd.so.1")
zstd.ZSTD_decompress.restype = ctypes.c_size_t
zstd.ZSTD_decompress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]


@dataclasses.dataclass(frozen=True)
class Relation:
    oid: int
    table: str  # "schema.table"
    columns: tuple
    key: tuple


@dataclasses.dataclass(frozen=True)
class Change:
    relation: Relation
    op: str  # I, U, D or T
    statement: int
    before: tuple | None  # text values, None for NULL
    after: tuple | None


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        part = self.data[self.at:self.at + size]
        assert len(part) == size, "cut short"
        self.at += size
        return part

    def varint(self):
        value = shift = 0
        while True:
            byte, = self.take(1)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def bytes(self):
        return self.take(self.varint())

    def text(self):
        return self.bytes().decode()

    def row(self):
        inner, values = Cursor(self.bytes()), []
        while inner.at < len(inner.data):
            size = inner.varint()
            values.append(inner.take(size - 1).decode() if size else None)
        return tuple(values)


def sections(path):
    """{name: contents} of a plan file; of several scripts the last."""
    content = path.read_bytes()
    assert content[:8] == b"PGRPLAN1"
    assert hashlib.sha256(content[:-64]).hexdigest().encode() == content[-64:]
    cursor, found = Cursor(content[8:-64]), {}
    while cursor.at < len(cursor.data):
        name = cursor.take(cursor.take(1)[0]).decode()
        found[name] = cursor.take(struct.unpack("<Q", cursor.take(8))[0])
    return found


def decompress(frame, size):
    target = ctypes.create_string_buffer(size)
    assert zstd.ZSTD_decompress(target, size, frame, len(frame)) == size
    return target.raw


def changes(path):
    """The net changeset of a plan, as a list."""
    return changeset(sections(path)["changeset"])


def changeset(content):
    """The changes of a changeset file, as a list."""
    assert content[:12] == b"\x89PGRCS\r\n" + struct.pack("<I", 1)
    start, size = struct.unpack("<QQ", content[-88:-72])
    assert hashlib.sha256(content[:-72]).hexdigest().encode() == content[-72:-8] and content[-8:] == b"PGRCSEND"
    index = Cursor(decompress(content[start:-88], size))
    relations = [relation(index) for _ in range(index.varint())]
    frames = [(index.varint(), index.varint()) for _ in range(index.varint())]
    found, at = [], 12
    for stored, size in frames:
        cursor = Cursor(decompress(content[at:at + stored], size))
        at += stored
        while cursor.at < size:
            found.append(change(cursor, relations))
    assert index.varint() == len(found) and at == start
    return found


def relation(index):
    oid, schema, name = index.varint(), index.text(), index.text()
    columns = tuple((index.text(), index.text()) for _ in range(index.varint()))
    return Relation(oid, f"{schema}.{name}", columns, tuple(index.varint() for _ in range(index.varint())))


def change(cursor, relations):
    op, which, statement = cursor.take(1).decode(), cursor.varint(), cursor.varint()
    before = cursor.row() if op in "UD" else None
    after = cursor.row() if op in "UI" else None
    return Change(relations[which], op, statement, before, after)
