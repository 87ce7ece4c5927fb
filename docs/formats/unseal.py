#!/usr/bin/python3
"""Opens a sealed object by sealed.md alone, and checks who wrote a manifest. Needs PyNaCl (Debian: python3-nacl) and nothing else.

    unseal.py KEY_FILE points/ID/NAME <NAME >contents
    unseal.py KEY_FILE <manifest.json
"""

import base64
import hashlib
import json
import struct
import sys

from nacl import bindings

HEADER = 156
CHUNK = 65_536 + 17
MESSAGE, FINAL = 0, 3


def read_keys(path):
    keys = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            word = line.split("#")[0].strip()
            if word:
                key = bytes.fromhex(word) if len(word) == 64 else base64.b64decode(word + "=" * (-len(word) % 4))
                keys[hashlib.blake2b(b"pgrehearse key id 1" + key, digest_size=32).hexdigest()[:16]] = key
    return keys


def unseal(keys, name, sealed, out):
    header = sealed.read(HEADER)
    if len(header) != HEADER or header[:8] != b"PGRHSEAL" or struct.unpack("<I", header[8:12]) != (1,):
        raise ValueError("no sealed object of version 1")
    key = keys[header[12:28].decode()]
    wrapped = bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(header[76:156], header[:52], header[52:76], key)
    if wrapped[32:] != hashlib.blake2b(b"pgrehearse object name 1" + name.encode(), digest_size=32).digest():
        raise ValueError("written under another name")
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, header[28:52], wrapped[:32])
    tag = MESSAGE
    while tag != FINAL:
        chunk = sealed.read(CHUNK)
        if not chunk:
            raise ValueError("cut off")
        contents, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, chunk)
        if tag == MESSAGE and len(chunk) != CHUNK:
            raise ValueError("a short chunk that is not the last")
        out.write(contents)
    if sealed.read(1):
        raise ValueError("something follows the end")


def check_manifest(keys, text):
    manifest = json.loads(text)
    body = json.dumps(manifest["manifest"], separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(body.encode()).hexdigest()
    if manifest["sha256"] != digest:
        raise ValueError("the contents do not match the hash")
    key = hashlib.blake2b(b"pgrehearse manifest key 1", key=keys[manifest["mac"]["key"]], digest_size=32).digest()
    if manifest["mac"]["tag"] != hashlib.blake2b(digest.encode(), key=key, digest_size=32).hexdigest():
        raise ValueError("written by somebody without the key")


if __name__ == "__main__":
    ring = read_keys(sys.argv[1])
    if len(sys.argv) > 2:
        unseal(ring, sys.argv[2], sys.stdin.buffer, sys.stdout.buffer)
    else:
        check_manifest(ring, sys.stdin.read())
