"""Encryption. ENCRYPT asks the host for randomness, so it is an effect: see ``ttvm.effects.Secrets``."""

from __future__ import annotations

from ttvm.errors import Fault, FaultKind
from ttvm.sealing import unseal
from ttvm.values import Bytes, Value, type_name


def decrypt(data: Value, key: Value) -> Value:
    """Give the text that ENCRYPT made bytes of, with the same key.

    With another key, and when a single bit of the bytes has changed or some are missing, it is CryptoError.
    """
    if not (isinstance(data, Bytes) and isinstance(key, str)):
        # The found values are not shown, as they are elsewhere: one may be a key.
        found = f"{type_name(data)} and {type_name(key)}"
        raise Fault(FaultKind.TYPE_MISMATCH, f"needs data that is Bytes and a key that is a Str, found {found}")
    return unseal(data, key)
