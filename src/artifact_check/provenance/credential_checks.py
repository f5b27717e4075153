"""What the codes of the C2PA library say, three things apart: does a manifest belong to the picture, does its signature
fit, and is its signer known (C2PA Technical Specification 2.2, 2025, 15.2).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from artifact_check.results import Trust

_PICTURE_CHANGED = re.compile(r"assertion\.(dataHash|bmffHash|boxesHash|collectionHash)\.(mismatch|incorrectFileCount)")
_STATEMENT_CHANGED = re.compile(
    r"assertion\.(hashedURI\.mismatch|missing|undeclared|outsideManifest|notRedacted|selfRedacted)|ingredient\.\w+\.mismatch"
)
_UNTIED = re.compile(r"claim\.hardBindings\.missing|assertion\.(multipleHardBindings|hardBinding\.redacted)")
_REVOKED = re.compile(r"signingCredential\.(ocsp\.)?revoked")
_EXPIRED = re.compile(r"signingCredential\.expired|claimSignature\.outsideValidity")

# From the worst to what limits a statement least. The first that fits is told.
_NOTES = (
    (_PICTURE_CHANGED, "the picture was changed later"),
    (_STATEMENT_CHANGED, "a statement was changed later"),
    (re.compile(r"claimSignature\.mismatch"), "the signature does not match"),
    (re.compile(r"claimSignature\.missing|claim\.missing"), "there is no signature"),
    (_UNTIED, "nothing ties it to this picture"),
    (_REVOKED, "the certificate was revoked"),
    (_EXPIRED, "the certificate has expired"),
    (re.compile(r"signingCredential\.invalid"), "the certificate is not meant for this"),
    (re.compile(r"algorithm\."), "the algorithm is not supported"),
    (re.compile(r"timeStamp\.|timeOfSigning\."), "the time stamp is not valid"),
    (re.compile(r"cawg\.|assertion\.(cloud-data|external)"), "an identity or attachment cannot be checked offline"),
    (re.compile(r".*(additionalExclusions|unknownBox)"), "a part of the file is left out of the check"),
    (re.compile(r".*(malformed|invalid|[Mm]ismatch|[Mm]issing)"), "a statement is not written as it should be"),
)
_NOT_VALID = "not valid"


def judge(success: Collection[str], failures: Collection[str], *, valid: bool = True) -> tuple[Trust, str]:
    """Return how far a manifest can be trusted, and what is wrong with it; "" if nothing is.

    `valid` is the library's own judgement, which counts where it gives no codes.
    """
    wrong = [code for code in failures if not code.endswith(".untrusted")]
    note = next((words for pattern, words in _NOTES if any(map(pattern.match, wrong))), _NOT_VALID if wrong else "")
    if any(_PICTURE_CHANGED.match(code) or _STATEMENT_CHANGED.match(code) for code in wrong):
        return "invalid", note
    if any(_UNTIED.match(code) or _REVOKED.match(code) for code in wrong):
        return "damaged", note
    if "claimSignature.validated" not in success and (wrong or not valid):
        return "damaged", note or _NOT_VALID
    trusted = "signingCredential.trusted" in success and "signingCredential.untrusted" not in failures
    return ("trusted" if trusted and not any(map(_EXPIRED.match, wrong)) else "valid_untrusted"), note
