"""Reads the certificates of trusted signers of Content Credentials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from artifact_check.errors import TrustListError

_MAX_BYTES = 10_000_000  # the official trust list has some tens of thousands


def read_trust_list(path: Path) -> str:
    """Return the certificates in a PEM file as PEM text, without the file's other content.

    Raises:
        TrustListError: the file can't be read, is too large, or holds no certificate or a damaged one.
    """
    from cryptography.x509 import load_pem_x509_certificates

    try:
        if path.stat().st_size > _MAX_BYTES:
            raise TrustListError(f"{path} is too large for a trust list; name a PEM file of certificates.")
        certificates = load_pem_x509_certificates(path.read_bytes())
        return "".join(_pem(certificate) for certificate in certificates)
    except OSError as error:
        raise TrustListError(f"{path} cannot be opened ({error.strerror}); check that you may read it.") from None
    except ValueError:
        raise TrustListError(
            f"{path} holds no certificates in PEM format, or damaged ones; download or export it again as PEM."
        ) from None


def _pem(certificate: Any) -> str:  # noqa: ANN401 - a certificate of `cryptography`, which is imported late
    from cryptography.hazmat.primitives.serialization import Encoding

    return str(certificate.public_bytes(Encoding.PEM).decode())
