"""Keeps what must be read again but not be readable in the database: contacts, and the secrets of webhooks."""

import base64
import hmac

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from matcher.errors import MatcherError

_KEY_BYTES = 32


class Vault:
    """Seals text under keys derived from the instance's secret, one for each purpose (RFC 5869, Fernet)."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._opened: dict[str, Fernet] = {}

    def seal(self, text: str, purpose: str) -> str:
        """Return a text sealed for a purpose; the same text never gives the same seal twice."""
        return self._box(purpose).encrypt(text.encode()).decode("ascii")

    def unseal(self, sealed: str, purpose: str) -> str:
        """Return what was sealed for a purpose.

        :raises MatcherError: `bad_seal` under another secret, for another purpose, or when it was changed.
        """
        try:
            return self._box(purpose).decrypt(sealed.encode()).decode()
        except (InvalidToken, ValueError) as error:
            message = "加密内容无法解开：本实例的密钥（secret.key）与写入时的不同，请恢复原来的密钥文件"
            raise MatcherError("bad_seal", message) from error

    def fingerprint(self, text: str, purpose: str) -> str:
        """Return by what a text is known again without being readable: the same for the same text and secret."""
        return hmac.digest(self._key(f"fingerprint of {purpose}"), text.encode(), "sha256").hex()

    def _box(self, purpose: str) -> Fernet:
        if purpose not in self._opened:
            self._opened[purpose] = Fernet(base64.urlsafe_b64encode(self._key(purpose)))
        return self._opened[purpose]

    def _key(self, purpose: str) -> bytes:
        return HKDF(SHA256(), _KEY_BYTES, salt=None, info=purpose.encode()).derive(self._secret)
