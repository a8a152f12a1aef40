"""Encryption: known vectors, round trips, keys and data that are wrong, and where the randomness comes from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.helpers import machine
from ttvm import sealing
from ttvm.errors import Fault, FaultKind, ReplayError
from ttvm.host.real import SystemSecrets
from ttvm.host.world import SeededRandomness, SeededSecrets
from ttvm.ops.crypto import decrypt
from ttvm.recording.log import Header, LogReader, LogWriter
from ttvm.recording.recorder import RecordingSecrets
from ttvm.recording.replayer import ReplayingSecrets
from ttvm.sealing import NONCE_SIZE, OVERHEAD, SALT_SIZE, seal, unseal
from ttvm.setup import MachineOptions
from ttvm.values import SIZE_LIMIT, Bytes, Value

SLOW = settings(max_examples=8, derandomize=True, database=None, deadline=None)
"""Every example makes keys, which is slow on purpose."""


def counting(count: int) -> bytes:
    """Bytes that are not random at all."""
    return bytes(range(count))


SEALED = seal("Attack at dawn", "correct horse", counting)
VECTOR = (
    "01"
    "000102030405060708090a0b0c0d0e0f"  # salt
    "000102030405060708090a0b"  # nonce
    "aa69b1ad5c5b6501da553e23769d604152a7b5c096d2522335b011e3e544"
)
"""What version 1 of the format makes of that text, key and randomness: files that users keep depend on it."""


def fault_of(function: Callable[..., object], *values: object) -> Fault:
    with pytest.raises(Fault) as caught:
        function(*values)
    return caught.value


def test_version_1_of_the_format_never_changes() -> None:
    assert SEALED.hex() == VECTOR
    assert unseal(bytes.fromhex(VECTOR), "correct horse") == "Attack at dawn"


def test_the_format_is_what_its_description_says() -> None:
    """Put together by hand, from the library alone."""
    salt, nonce = counting(16), counting(12)
    key = Scrypt(salt=salt, length=32, n=32768, r=8, p=1).derive(b"correct horse")
    front = b"\x01" + salt + nonce
    assert front + AESGCM(key).encrypt(nonce, b"Attack at dawn", front) == SEALED


def test_the_library_makes_the_keys_of_the_standard() -> None:
    """The third example of RFC 7914, section 12, cut to the length of our keys."""
    key = Scrypt(salt=b"SodiumChloride", length=64, n=16384, r=8, p=1).derive(b"pleaseletmein")
    assert key.hex().startswith("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2")


@given(st.text(), st.text())
@SLOW
def test_the_text_comes_back(text: str, key: str) -> None:
    sealed = seal(text, key, SystemSecrets().random_bytes)
    assert type(sealed) is Bytes
    assert len(sealed) == len(text.encode()) + OVERHEAD
    assert decrypt(sealed, key) == text


@given(st.text(), st.text())
@SLOW
def test_another_key_does_not_open_it(key: str, other: str) -> None:
    if key != other:
        sealed = seal("Attack at dawn", key, SystemSecrets().random_bytes)
        fault = fault_of(decrypt, sealed, other)
        assert (fault.kind, fault.wants_operands) == (FaultKind.CRYPTO_ERROR, False)


@pytest.mark.parametrize(
    "position", [0, 1, SALT_SIZE, 1 + SALT_SIZE, SALT_SIZE + NONCE_SIZE, 29, 40, 43, len(SEALED) - 1]
)
@pytest.mark.parametrize("bit", [1, 128])
def test_every_changed_bit_is_noticed(position: int, bit: int) -> None:
    changed = bytearray(SEALED)
    changed[position] ^= bit
    assert fault_of(decrypt, Bytes(changed), "correct horse").kind is FaultKind.CRYPTO_ERROR


@pytest.mark.parametrize("length", [0, 1, 17, OVERHEAD - 1, OVERHEAD, len(SEALED) - 1])
def test_missing_bytes_are_noticed(length: int) -> None:
    assert fault_of(decrypt, Bytes(SEALED[:length]), "correct horse").kind is FaultKind.CRYPTO_ERROR


def test_surplus_bytes_are_noticed() -> None:
    assert fault_of(decrypt, Bytes(SEALED + b"\0"), "correct horse").kind is FaultKind.CRYPTO_ERROR


def test_a_newer_version_is_told_apart() -> None:
    fault = fault_of(decrypt, Bytes(b"\x02" + SEALED[1:]), "correct horse")
    assert fault.text == "needs data that ENCRYPT made, in version 1 and not 2"


@given(st.binary(max_size=80))
@SLOW
def test_any_bytes_are_a_crypto_error(data: bytes) -> None:
    assert fault_of(decrypt, Bytes(data), "key").kind is FaultKind.CRYPTO_ERROR


@pytest.mark.parametrize(("data", "key"), [("text", "key"), (SEALED, 7), (None, None), (SEALED, SEALED)])
def test_wrong_types_are_refused_without_showing_a_key(data: Value, key: Value) -> None:
    fault = fault_of(decrypt, data, key)
    assert (fault.kind, fault.wants_operands) == (FaultKind.TYPE_MISMATCH, False)
    assert "key is" not in fault.text


def test_what_cannot_be_encrypted() -> None:
    assert fault_of(seal, "ab\udcff", "key", counting).kind is FaultKind.FORMAT_ERROR
    assert fault_of(seal, "x" * (SIZE_LIMIT - OVERHEAD + 1), "key", counting).kind is FaultKind.LIMIT_EXCEEDED
    assert unseal(seal("text", "k\udcff", counting), "k\udcff") == "text", "any word can be a key"


# -- the host


@pytest.mark.parametrize("count", [0, 1, 7, 8, 12, 16, 100])
def test_the_hosts_give_as_many_bytes_as_are_asked_for(count: int) -> None:
    assert len(SystemSecrets().random_bytes(count)) == count
    assert len(SeededSecrets(0).random_bytes(count)) == count


def test_the_system_gives_other_bytes_every_time() -> None:
    assert SystemSecrets().random_bytes(16) != SystemSecrets().random_bytes(16)


def test_a_seed_gives_the_same_bytes_again() -> None:
    one, same, other = SeededSecrets(1), SeededSecrets(1), SeededSecrets(2)
    first = one.random_bytes(16)
    assert first == same.random_bytes(16) != other.random_bytes(16)
    state = one.generator.state
    second = one.random_bytes(16)
    assert second != first
    one.generator.state = state
    assert one.random_bytes(16) == second


def test_secrets_are_not_the_random_numbers_of_the_program() -> None:
    assert SeededSecrets(0).generator.state != SeededRandomness(0).generator.state
    numbers = "".join(f"    PUSH_INT {10**15}\n    RANDOM\n    PRINT\n" for _ in range(3))
    encrypting = '    PUSH_STR "text"\n    PUSH_STR "key"\n    ENCRYPT\n    POP\n'
    assert machine(numbers).run() == machine(encrypting + numbers).run()


def test_encrypt_asks_the_host() -> None:
    text = '    PUSH_STR "text"\n    PUSH_STR "key"\n    ENCRYPT\n    HASH\n    PRINT\n'

    def printed(seed: int) -> str:
        return machine(text, MachineOptions(seed=seed)).run()

    assert printed(1) == printed(1)
    assert printed(1) != printed(2)


def recorded(*lines: str) -> LogReader:
    """A recording in which these lines stand behind the header."""
    written: list[str] = []
    LogWriter(written.append, Header("x.ttvm", {}))
    return LogReader([*written, *lines], "x.ttvmrun")


def test_a_replay_gets_the_bytes_of_the_recorded_run() -> None:
    written: list[str] = []
    log = LogWriter(written.append, Header("x.ttvm", {}))
    secrets = RecordingSecrets(SystemSecrets(), log)
    first, second = secrets.random_bytes(16), secrets.random_bytes(12)
    replayed = ReplayingSecrets(LogReader(written, "x.ttvmrun"))
    assert (replayed.random_bytes(16), replayed.random_bytes(12)) == (first, second)


@pytest.mark.parametrize("answer", ['"00"', '"no hexadecimal digits"', "7", "null"])
def test_a_damaged_recording_is_noticed(answer: str) -> None:
    secrets = ReplayingSecrets(recorded(f'{{"ask":"random bytes","answer":{answer}}}'))
    with pytest.raises(ReplayError, match=r"^x\.ttvmrun:2: "):
        secrets.random_bytes(2)


def test_the_cost_of_a_key_is_part_of_the_version() -> None:
    assert (sealing.VERSION, sealing._COST, sealing._BLOCK_SIZE, sealing._PARALLELISM) == (1, 32768, 8, 1)
