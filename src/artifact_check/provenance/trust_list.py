"""The certificates of signers of Content Credentials to trust."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from artifact_check.errors import TrustListError

_MAX_BYTES = 10_000_000  # the official trust list has some tens of thousands


def read_trust_list(path: Path) -> str:
    """The certificates in a PEM file, without what else stands there.

    Raises:
        TrustListError: it can't be read, or holds no certificate.
    """
    from cryptography.x509 import load_pem_x509_certificates

    try:
        if path.stat().st_size > _MAX_BYTES:
            raise TrustListError(f"{path} is too large for a trust list.")
        certificates = load_pem_x509_certificates(path.read_bytes())
        return "".join(_pem(certificate) for certificate in certificates)
    except OSError as error:
        raise TrustListError(f"{path} cannot be opened ({error.strerror}).") from None
    except ValueError:
        raise TrustListError(f"{path} holds no certificates in PEM format, or damaged ones.") from None


def _pem(certificate: Any) -> str:  # noqa: ANN401 - a certificate of `cryptography`, which is loaded late
    from cryptography.hazmat.primitives.serialization import Encoding

    return str(certificate.public_bytes(Encoding.PEM).decode())
