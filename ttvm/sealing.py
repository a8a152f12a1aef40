"""Encryption of texts with a passphrase: what ENCRYPT and DECRYPT mean, without the machine around it.

A sealed text is: a byte with the version of this format, the salt, the nonce, and what AES-256-GCM made of the
text in UTF-8, its tag included. The key is made of the passphrase and the salt by scrypt, which takes time and
memory on purpose: whoever guesses pays it for every guess. The bytes in front of the secret are authenticated too.
"""

from __future__ import annotations

from collections.abc import Callable

from ttvm.errors import Fault, FaultKind
from ttvm.values import SIZE_LIMIT, Bytes, too_large

VERSION = 1
SALT_SIZE, NONCE_SIZE, TAG_SIZE = 16, 12, 16
OVERHEAD = 1 + SALT_SIZE + NONCE_SIZE + TAG_SIZE
"""Bytes by which a sealed text is longer than the text in UTF-8."""
_KEY_SIZE = 32
_COST, _BLOCK_SIZE, _PARALLELISM = 2**15, 8, 1
"""Of scrypt: 32 MB, and some tens of milliseconds, for each key. They belong to the version of the format."""


def _derive(passphrase: str, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    scrypt = Scrypt(salt=salt, length=_KEY_SIZE, n=_COST, r=_BLOCK_SIZE, p=_PARALLELISM)
    return scrypt.derive(passphrase.encode("utf-8", "surrogatepass"))


def seal(text: str, passphrase: str, random_bytes: Callable[[int], bytes]) -> Bytes:
    """Encrypt a text. ``random_bytes`` gives salt and nonce, which must be new ones every time. Raises Fault."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:  # a word of the command line may hold what is no character
        raise Fault(FaultKind.FORMAT_ERROR, "finds half of a surrogate pair in the text") from None
    if len(data) + OVERHEAD > SIZE_LIMIT:
        raise too_large("run of bytes")
    salt, nonce = random_bytes(SALT_SIZE), random_bytes(NONCE_SIZE)
    front = bytes([VERSION]) + salt + nonce
    secret = AESGCM(_derive(passphrase, salt)).encrypt(nonce, data, front)
    return Bytes(front + secret)


def unseal(data: bytes, passphrase: str) -> str:
    """Decrypt what ``seal`` made. Raises CryptoError when anything about data or passphrase is wrong."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(data) < OVERHEAD:
        raise Fault(FaultKind.CRYPTO_ERROR, f"needs data that ENCRYPT made, of at least {OVERHEAD} bytes")
    if data[0] != VERSION:
        raise Fault(FaultKind.CRYPTO_ERROR, f"needs data that ENCRYPT made, in version {VERSION} and not {data[0]}")
    front, secret = data[: 1 + SALT_SIZE + NONCE_SIZE], data[1 + SALT_SIZE + NONCE_SIZE :]
    salt, nonce = front[1 : 1 + SALT_SIZE], front[1 + SALT_SIZE :]
    try:
        return AESGCM(_derive(passphrase, salt)).decrypt(nonce, secret, front).decode("utf-8")
    except InvalidTag:
        # Nobody can know which of the two it was.
        raise Fault(FaultKind.CRYPTO_ERROR, "cannot decrypt: the key is wrong, or the data has been changed") from None
