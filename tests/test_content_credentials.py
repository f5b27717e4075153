"""Content Credentials, in pictures that the tests sign with a throw-away certificate chain."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import c2pa
import pillow_heif
import pytest
from conftest import within
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from provenance_corpus import XMP_SEGMENT, jpeg_with, packet, segment

from artifact_check import check
from artifact_check.checking.declarations import declarations_only
from artifact_check.cli import main
from artifact_check.errors import TrustListError
from artifact_check.provenance import read
from artifact_check.provenance.container import parse_container
from artifact_check.provenance.platforms import forecast_labels
from artifact_check.provenance.readers.content_credentials import declarations
from artifact_check.provenance.trust_list import read_trust_list
from artifact_check.report.text import outcome
from artifact_check.sources import find_photos
from artifact_check.sources.local import LocalFile

pillow_heif.register_heif_opener(thumbnails=False)

VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
MEDIA = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "HEIF": "image/heic",
    "AVIF": "image/avif",
}
_MEDIA = {**MEDIA, "GIF": "image/gif"}
MAIL = "1.3.6.1.5.5.7.3.4"
PURPOSES = {
    "1.3.6.1.4.1.62558.2.1": "claims",
    "1.3.6.1.5.5.7.3.36": "documents",
    "1.3.6.1.4.1.311.76.59.1.9": "Microsoft",
}
ADDRESS = "http://127.0.0.1:9/manifest.c2pa"


def _certificate(subject, key, issuer, issuer_key, *, ca, purpose=MAIL):
    def name(text):
        parts = (NameOID.COUNTRY_NAME, "XX"), (NameOID.ORGANIZATION_NAME, "Throw-away"), (NameOID.COMMON_NAME, text)
        return x509.Name([x509.NameAttribute(*part) for part in parts])

    now = dt.datetime.now(dt.UTC)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = (
        x509.CertificateBuilder(name(issuer), name(subject), key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False),
            critical=True,
        )
    )
    if not ca:
        usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)])
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM)


_KEYS = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
ROOT = _certificate("Root", _KEYS[0], "Root", _KEYS[0], ca=True).decode()
_MIDDLE = _certificate("Middle", _KEYS[1], "Root", _KEYS[0], ca=True)
_KEY = _KEYS[2].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signer(**purpose):
    chain = _certificate("Signer", _KEYS[2], "Middle", _KEYS[1], ca=False, **purpose) + _MIDDLE
    return c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain, _KEY, None))


SIGNER = signer()


def plain(kind="JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 120, 90)).save(buffer, kind)
    return buffer.getvalue()


def signed(
    *actions, kind="JPEG", source=None, ingredient=None, assertions=(), remote=False, embed=True, by=SIGNER
) -> bytes:
    """A picture with these actions; `ingredient` is a relationship and a picture."""
    label = "c2pa.actions.v2"
    given_assertions = [{"label": label, "data": {"actions": list(actions)}}, *assertions]
    manifest = {"claim_generator_info": [{"name": "Maker", "version": "1"}], "assertions": given_assertions}
    out = io.BytesIO()
    allowed = c2pa.Settings.from_dict({"trust": {"trust_config": "\n".join((MAIL, *PURPOSES))}})
    with c2pa.Context(allowed) as context, c2pa.Builder.from_json(json.dumps(manifest), context) as builder:
        if ingredient:
            facts = {"title": "other", "relationship": ingredient[0], "label": "other"}
            builder.add_ingredient(json.dumps(facts), _MEDIA[kind], io.BytesIO(ingredient[1]))
        if remote:
            builder.set_remote_url(ADDRESS)
        if not embed:
            builder.set_no_embed()
        builder.sign(by, _MEDIA[kind], io.BytesIO(source or plain(kind)), out)
    return out.getvalue()


def created(term, agent="Painter") -> dict:
    return {"action": "c2pa.created", "digitalSourceType": VOCABULARY + term, "softwareAgent": {"name": agent}}


def edited(term) -> dict:
    return {"action": "c2pa.edited", "digitalSourceType": VOCABULARY + term, "softwareAgent": {"name": "Brush"}}


def used(action) -> dict:
    return {"action": action, "parameters": {"ingredientIds": ["other"]}}


def flipped(data: bytes, place: int) -> bytes:
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


def said(data: bytes, trust_list: str = "") -> list[tuple[str, str]]:
    return [(declaration.says, declaration.trust) for declaration in read(data, trust_list=trust_list)]


def has_manifest(data: bytes) -> bool:
    try:
        return parse_container(data).has_manifest
    except ValueError:
        return False


AI = signed(created("trainedAlgorithmicMedia"))


# --- what is said, in each format

CASES = {
    "generated": (lambda kind: signed(created("trainedAlgorithmicMedia"), kind=kind), "ai_generated"),
    "captured": (lambda kind: signed(created("digitalCapture"), kind=kind), "camera"),
    "computed": (lambda kind: signed(created("computationalCapture"), kind=kind), "camera"),
    "composite with AI": (lambda kind: signed(created("compositeWithTrainedAlgorithmicMedia"), kind=kind), "ai_edited"),
    "new term": (lambda kind: signed(created("dreamt2031"), kind=kind), "unknown"),
}


@pytest.mark.parametrize("kind", MEDIA)
@pytest.mark.parametrize("case", CASES)
def test_each_statement_is_read_in_each_format(kind, case):
    make, says = CASES[case]
    data = make(kind)
    assert said(data) == [(says, "valid_untrusted")]
    assert said(data, ROOT) == [(says, "trusted")]
    with within(2):
        broken = said(flipped(data, len(data) - 3))  # of the pixels, or of the credentials behind them
    assert broken in ([(says, "invalid")], [(says, "damaged")], [("unknown", "damaged")], [])


def test_the_detail_names_action_agent_and_signer():
    (declaration,) = read(AI)
    assert declaration.detail == "c2pa.created trainedAlgorithmicMedia with Painter; signed by Throw-away / Signer"


def test_an_unknown_term_is_shown_as_written():
    (declaration,) = read(signed(created("dreamt2031")))
    assert VOCABULARY + "dreamt2031" in declaration.detail


@pytest.mark.parametrize("term", ["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"])
def test_an_edit_with_ai_is_not_a_picture_by_ai(term):
    data = signed(created("digitalCapture"), edited(term))
    assert said(data) == [("ai_edited", "valid_untrusted"), ("camera", "valid_untrusted")]


def test_plain_edits_are_listed():
    data = signed(created("digitalCapture"), {"action": "c2pa.cropped"}, {"action": "c2pa.filtered"})
    assert [d.detail.split(";")[0] for d in read(data) if d.says == "edited"] == ["cropped, filtered"]


def test_a_later_version_of_an_ai_picture_still_declares_it():
    data = signed(used("c2pa.opened"), {"action": "c2pa.cropped"}, source=AI, ingredient=("parentOf", AI))
    again = signed(used("c2pa.opened"), source=data, ingredient=("parentOf", data))
    for picture in (data, again):
        assert said(picture, ROOT)[0] == ("ai_generated", "trusted")
        assert read(picture)[0].detail.startswith("earlier version: ")


@pytest.mark.parametrize(("relation", "action"), [("componentOf", "c2pa.placed"), ("inputTo", "c2pa.edited")])
def test_an_ai_ingredient_makes_a_composite(relation, action):
    data = signed(created("digitalCapture"), used(action), ingredient=(relation, AI))
    assert "ai_generated" not in dict(said(data, ROOT))
    assert said(data, ROOT)[0] == ("ai_edited", "trusted")
    assert read(data)[0].detail.startswith("ingredient: ")


def test_a_photo_placed_on_an_ai_picture_makes_a_composite():
    camera = signed(created("digitalCapture"))
    data = signed(created("trainedAlgorithmicMedia"), used("c2pa.placed"), ingredient=("componentOf", camera))
    assert "ai_generated" not in dict(said(data))


def test_a_camera_ingredient_does_not_make_the_whole_a_camera_picture():
    camera = signed(created("digitalCapture"))
    data = signed(created("digitalCreation"), used("c2pa.placed"), ingredient=("componentOf", camera))
    assert "camera" not in dict(said(data))


def test_iptc_metadata_in_a_manifest_counts():
    data = {"@context": {"Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"}}
    data["Iptc4xmpExt:DigitalSourceType"] = VOCABULARY + "trainedAlgorithmicMedia"
    picture = signed(created("digitalCreation"), assertions=[{"label": "c2pa.metadata", "data": data}])
    assert said(picture) == [("ai_generated", "valid_untrusted"), ("unknown", "valid_untrusted")]


@pytest.mark.parametrize("wrapped", [lambda to: {"@id": to}, lambda to: {"@value": to}, lambda to: [to]])
def test_what_json_ld_says_of_a_source_is_read_however_it_is_written(wrapped):
    inner = {"Iptc4xmpExt:DigitalSourceType": wrapped(VOCABULARY + "trainedAlgorithmicMedia")}
    data = {"@context": {"Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"}, "@graph": [inner]}
    picture = signed(created("digitalCreation"), assertions=[{"label": "c2pa.metadata", "data": data}])
    assert ("ai_generated", "valid_untrusted") in said(picture)


def test_a_wish_not_to_be_trained_on_declares_nothing():
    data = {"entries": {"cawg.ai_generative_training": {"use": "notAllowed"}}}
    picture = signed(created("digitalCreation"), assertions=[{"label": "cawg.training-mining", "data": data}])
    assert said(picture) == [("unknown", "valid_untrusted")]


# --- trust


def test_a_changed_picture_says_why_it_is_invalid():
    (declaration,) = read(flipped(AI, -20), trust_list=ROOT)
    assert (declaration.says, declaration.trust) == ("ai_generated", "invalid")
    assert "the picture was changed later" in declaration.detail
    assert forecast_labels([declaration]) == ()


def test_an_ingredient_that_was_changed_before_is_invalid_itself():
    data = signed(used("c2pa.opened"), ingredient=("parentOf", flipped(AI, -20)))
    assert said(data, ROOT) == [("ai_generated", "invalid"), ("unknown", "trusted")]


def test_an_invalid_manifest_makes_what_it_contains_invalid():
    data = signed(used("c2pa.opened"), {"action": "c2pa.cropped"}, source=AI, ingredient=("parentOf", AI))
    assert {trust for _, trust in said(flipped(data, -20), ROOT)} == {"invalid"}


def test_a_trusted_ingredient_lends_no_trust_to_an_unknown_signer():
    """By code: the state of the whole does not count, nor does the ingredient's own signer (recorded answers)."""
    trusted = {"success": [{"code": "signingCredential.trusted"}], "failure": []}
    inner = {"assertions": [{"label": "c2pa.actions", "data": {"actions": [created("digitalCapture")]}}]}
    outer = {
        "assertions": [],
        "ingredients": [
            {
                "relationship": "parentOf",
                "label": "i",
                "active_manifest": "b",
                "validation_results": {"activeManifest": trusted},
            }
        ],
    }
    failure = [{"code": "signingCredential.untrusted"}]
    results = {"activeManifest": {"success": [], "failure": failure}}
    store = {"active_manifest": "a", "manifests": {"a": outer, "b": inner}}
    found = declarations({**store, "validation_state": "Valid", "validation_results": results})
    assert {(d.says, d.trust) for d in found} == {("camera", "valid_untrusted"), ("unknown", "valid_untrusted")}
    found = declarations({**store, "validation_state": "Valid", "validation_results": {"activeManifest": trusted}})
    assert {d.trust for d in found} == {"trusted"}


def test_names_and_times_of_older_manifests_are_shown():
    action = {"action": "c2pa.created", "digitalSourceType": " trainedAlgorithmicMedia ", "softwareAgent": "Old\u202e"}
    body = {
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
        "signature_info": {"issuer": "Someone", "time": "2026-01-02T03:04:05+00:00"},
    }
    (found,) = declarations({"active_manifest": "a", "manifests": {"a": body}, "validation_state": "Valid"})
    assert found.says == "ai_generated"
    assert found.detail == (
        "c2pa.created trainedAlgorithmicMedia with Old ; signed by Someone; at 2026-01-02T03:04:05+00:00"
    )


def test_a_trust_list_is_read_and_a_bad_one_is_refused(tmp_path):
    path = tmp_path / "list.pem"
    path.write_text(f"# my signers\n{ROOT}")
    assert said(AI, read_trust_list(path)) == [("ai_generated", "trusted")]
    for text in ("", "no certificate", "-----BEGIN CERTIFICATE-----\nabcd\n-----END CERTIFICATE-----\n"):
        path.write_text(text)
        with pytest.raises(TrustListError):
            read_trust_list(path)
    with pytest.raises(TrustListError):
        read_trust_list(tmp_path / "none.pem")
    path.write_bytes(ROOT.encode() * 20_000)
    with pytest.raises(TrustListError, match="too large"):
        read_trust_list(path)


CHANGED, EXPIRED = "the picture was changed later", "the certificate has expired"
RECORDED = {
    "hash and signature fit": (["claimSignature.validated"], [], "valid_untrusted", ""),
    "known signer": (["claimSignature.validated", "signingCredential.trusted"], [], "trusted", ""),
    "unknown signer": (["claimSignature.validated"], ["signingCredential.untrusted"], "valid_untrusted", ""),
    "changed": (
        [],
        ["assertion.dataHash.mismatch", "claimSignature.mismatch"],
        "invalid",
        "the picture was changed later",
    ),
    "changed statement": ([], ["assertion.hashedURI.mismatch"], "invalid", "a statement was changed later"),
    "other signature": ([], ["claimSignature.mismatch"], "damaged", "the signature does not match"),
    "expired": (
        ["claimSignature.validated"],
        ["signingCredential.expired"],
        "valid_untrusted",
        EXPIRED,
    ),
    "expired, known signer": (
        ["claimSignature.validated", "signingCredential.trusted"],
        ["signingCredential.expired"],
        "valid_untrusted",
        EXPIRED,
    ),
    "revoked": (
        ["claimSignature.validated"],
        ["signingCredential.ocsp.revoked"],
        "damaged",
        "the certificate was revoked",
    ),
    "identity": (
        ["claimSignature.validated"],
        ["cawg.ica.did_unavailable"],
        "valid_untrusted",
        "an identity or attachment cannot be checked offline",
    ),
    "malformed": (
        ["claimSignature.validated"],
        ["assertion.action.malformed"],
        "valid_untrusted",
        "a statement is not written as it should be",
    ),
    "exclusion": (
        ["claimSignature.validated"],
        ["assertion.dataHash.additionalExclusionsPresent"],
        "valid_untrusted",
        "a part of the file is left out of the check",
    ),
    "no binding": (
        ["claimSignature.validated"],
        ["claim.hardBindings.missing"],
        "damaged",
        "nothing ties it to this picture",
    ),
    "time stamp": (
        ["claimSignature.validated"],
        ["timeStamp.mismatch"],
        "valid_untrusted",
        "the time stamp is not valid",
    ),
    "a new code": ([], ["later.code"], "damaged", "not valid"),
}


@pytest.mark.parametrize("case", RECORDED)
def test_hash_signature_and_signer_are_told_apart(case):
    success, failures, trust, note = RECORDED[case]
    body = {"assertions": [{"label": "c2pa.actions", "data": {"actions": [created("trainedAlgorithmicMedia")]}}]}
    checked = {"success": [{"code": code} for code in success], "failure": [{"code": code} for code in failures]}
    store = {"active_manifest": "a", "manifests": {"a": body}, "validation_results": {"activeManifest": checked}}
    (found,) = declarations({**store, "validation_state": "Invalid" if failures else "Valid"})
    assert (found.says, found.trust) == ("ai_generated", trust)
    assert found.detail == "; ".join(filter(None, ("c2pa.created trainedAlgorithmicMedia with Painter", note)))


def test_a_credential_whose_signature_is_refused_still_declares_ai(tmp_path):
    """The picture's hash fits, and one byte of the signature does not."""
    (tmp_path / "photo.jpg").write_bytes(flipped(AI, _place_of_signature(AI)))
    report = declarations_only(LocalFile(tmp_path / "photo.jpg"))
    assert [(d.says, d.trust) for d in report.provenance] == [("ai_generated", "damaged")]
    assert "the signature does not match" in report.provenance[0].detail
    assert report.verdict == "declared_ai"
    assert outcome(report).startswith("declares AI (credential damaged)")


def _place_of_signature(data: bytes) -> int:
    """Where the signature's own bytes are: 64 of them, the last entry of the COSE structure."""
    return data.index(b"\xf6\x58\x40", data.index(b"c2pa.signature")) + 20


def _detached() -> bytes:
    """Content Credentials of `plain()` that are not embedded in it."""
    manifest = json.dumps(
        {
            "claim_generator_info": [{"name": "Maker", "version": "1"}],
            "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created("trainedAlgorithmicMedia")]}}],
        }
    )
    with c2pa.Builder.from_json(manifest) as builder:
        builder.set_no_embed()
        return builder.sign(SIGNER, "image/jpeg", io.BytesIO(plain()), io.BytesIO())


def test_credentials_beside_the_photo_are_read(tmp_path):
    store = _detached()
    path = tmp_path / "photo.jpg"
    path.write_bytes(plain())
    assert declarations_only(LocalFile(path)).provenance == ()
    for beside in (tmp_path / "photo.c2pa", tmp_path / "photo.jpg.c2pa"):
        beside.write_bytes(store)
        report = declarations_only(LocalFile(path))
        assert [(d.says, d.trust) for d in report.provenance] == [("ai_generated", "valid_untrusted")]
        path.write_bytes(plain() + b"more")
        assert declarations_only(LocalFile(path)).verdict is None
        path.write_bytes(plain())
        other = tmp_path / "photo.png"
        Image.new("RGB", (16, 16)).save(other)
        assert declarations_only(LocalFile(other)).provenance == ()  # they are the other photo's
        assert check(other).provenance == ()
        assert declarations_only(LocalFile(path)).verdict == "declared_ai"
        other.unlink()
        beside.unlink()


@pytest.mark.parametrize("name", ["photos", "photos.zip", "photos.tar"])
@pytest.mark.parametrize("beside", ["a/photo.c2pa", "a/photo.jpg.c2pa"])
def test_also_in_an_archive_and_are_no_file_that_was_left_out(tmp_path, name, beside):
    contents = {"a/other.jpg": plain(), beside: _detached(), "a/photo.jpg": plain(), "b/photo.c2pa": b"of no photo"}
    (tmp_path / "photos").mkdir()
    for each, data in contents.items():
        (tmp_path / "photos" / each).parent.mkdir(exist_ok=True)
        (tmp_path / "photos" / each).write_bytes(data)
    if name != "photos":
        shutil.make_archive(str(tmp_path / "photos"), Path(name).suffix[1:], tmp_path / "photos")

    found = find_photos(tmp_path / name)

    said = {Path(photo.name).name: declarations_only(photo).verdict for photo in found.photos}
    assert said == {"other.jpg": None, "photo.jpg": "declared_ai"}
    assert [Path(each).name for each in found.no_photos] == ["photo.c2pa"]


# --- where the origin is stated


def _of_actions(*actions, **more):
    """What a manifest with these actions says."""
    body = {"assertions": [{"label": "c2pa.actions.v2", "data": {"actions": list(actions), **more}}]}
    return declarations({"active_manifest": "a", "manifests": {"a": body}, "validation_state": "Valid"})


DATA = "https://c2pa.org/digitalsourcetype/trainedAlgorithmicData"


@pytest.mark.parametrize(
    ("action", "agent"),
    [
        (
            {
                "action": "c2pa.opened",
                "parameters": {
                    "com.adobe.digitalSourceType": VOCABULARY + "trainedAlgorithmicMedia",
                    "com.adobe.details": "Flux 1.1",
                },
            },
            "Flux 1.1",
        ),
        (
            {"action": "c2pa.created", "softwareAgent": "Azure OpenAI DALL-E", "description": "AI Generated Image"},
            "Azure OpenAI DALL-E",
        ),
        ({"action": "c2pa.created", "softwareAgent": {"name": "Bing Image Creator"}}, "Bing Image Creator"),
        (
            {
                "action": "c2pa.created",
                "softwareAgent": "X",
                "digitalSourceType": VOCABULARY.replace("cv.iptc.org/newscodes", "c2pa.org") + "trainedAlgorithmicData",
            },
            "X",
        ),
    ],
    ids=["Adobe's parameter", "Azure's agent", "Bing's agent", "C2PA's vocabulary"],
)
def test_the_origin_is_read_wherever_programs_state_it(action, agent):
    (found,) = _of_actions(action)
    assert (found.says, found.generator) == ("ai_generated", agent)


def test_a_template_and_a_list_of_agents_complete_an_action():
    template = {"action": "c2pa.created", "digitalSourceType": VOCABULARY + "trainedAlgorithmicMedia"}
    action = {"action": "c2pa.created", "softwareAgentIndex": 1}
    (found,) = _of_actions(action, templates=[template], softwareAgents=[{"name": "A"}, {"name": "B"}])
    assert (found.says, found.generator) == ("ai_generated", "B")
    assert _of_actions({"action": "c2pa.created", "softwareAgentIndex": 9}, templates=[3])[0].says == "unknown"


def test_a_created_picture_without_a_source_type_does_not_state_its_origin():
    (found,) = _of_actions({"action": "c2pa.created", "softwareAgent": "M11-P"})
    assert (found.says, found.detail) == ("unknown", "c2pa.created with M11-P")


@pytest.mark.parametrize("purpose", PURPOSES, ids=PURPOSES.get)
def test_a_certificate_for_signing_claims_is_as_good_as_one_for_mail(purpose):
    """OpenAI's current one, and those on the C2PA trust list."""
    data = signed(created("trainedAlgorithmicMedia"), by=signer(purpose=purpose))
    (declaration,) = read(data, trust_list=ROOT)
    assert (declaration.says, declaration.trust) == ("ai_generated", "trusted")
    (declaration,) = read(data)
    assert declaration.trust == "valid_untrusted"
    assert "certificate" not in declaration.detail


def test_a_disclosure_of_ai_means_at_least_an_edit():
    body = {"assertions": [{"label": "c2pa.ai-disclosure", "data": {"modelName": "Some Model"}}]}
    (found,) = declarations({"active_manifest": "a", "manifests": {"a": body}, "validation_state": "Valid"})
    assert (found.says, found.generator, found.detail) == ("ai_edited", "Some Model", "c2pa.ai-disclosure Some Model")
    body["assertions"][0]["data"] = {"modelType": "c2pa.types.model", "modelIdentifier": "some:model"}
    (found,) = declarations({"active_manifest": "a", "manifests": {"a": body}, "validation_state": "Valid"})
    assert (found.says, found.generator) == ("ai_edited", "some:model")


def test_credentials_in_a_gif_are_read():
    buffer = io.BytesIO()
    Image.new("L", (64, 64)).save(buffer, "GIF")
    data = signed(created("trainedAlgorithmicMedia"), kind="GIF", source=buffer.getvalue())
    assert said(data) == [("ai_generated", "valid_untrusted")]


# --- only where the format puts it, and never over the network


@pytest.mark.parametrize("kind", MEDIA)
def test_a_signed_picture_behind_another_declares_nothing(kind):
    assert has_manifest(signed(created("trainedAlgorithmicMedia"), kind=kind))
    if kind not in {"HEIF", "AVIF"}:  # boxes at the top level may follow one another
        assert read(plain(kind) + signed(created("trainedAlgorithmicMedia"), kind=kind)) == ()
    assert read(plain(kind) + AI) == ()


def test_bytes_behind_a_signed_picture_make_it_invalid():
    assert said(AI + b"more", ROOT) == [("ai_generated", "invalid")]


def test_a_manifest_elsewhere_is_reported_with_its_address():
    (declaration,) = read(signed(created("trainedAlgorithmicMedia"), remote=True, embed=False))
    assert (declaration.says, declaration.trust) == ("unknown", "declared")
    assert ADDRESS in declaration.detail
    both = read(signed(created("trainedAlgorithmicMedia"), remote=True), trust_list=ROOT)
    assert [d.says for d in both] == ["ai_generated", "unknown"]


def test_an_address_in_the_metadata_is_reported_however_damaged_another_packet_is():
    whole = packet(f"<dcterms:provenance>{ADDRESS}</dcterms:provenance>")
    segments = [segment(0xE1, XMP_SEGMENT + part) for part in (whole[:-40], whole)]  # the first is cut off
    declaration, damage = read(jpeg_with(*segments))
    assert damage.detail == "XMP that can be read only in part"
    assert declaration.detail == f"Content Credentials elsewhere, not fetched: {ADDRESS}"


def test_credentials_of_more_text_than_can_be_shown_are_reported_unread():
    numbers = 90_000 * [1]
    for _ in range(60):  # shown on a line each, which is indented as deep
        numbers = [numbers]
    assertions = [{"label": "org.example.long", "data": {"numbers": numbers}}]
    (declaration,) = read(signed(created("trainedAlgorithmicMedia"), assertions=assertions))
    assert (declaration.says, declaration.trust) == ("unknown", "damaged")
    assert declaration.detail == "Content Credentials that cannot be read: more than can be shown"


def test_an_ingredient_without_credentials_declares_nothing():
    data = signed(created("digitalCapture"), used("c2pa.placed"), ingredient=("componentOf", plain()))
    assert said(data, ROOT) == [("camera", "trusted"), ("edited", "trusted")]


@pytest.mark.parametrize("value", [3, None, {"@type": "x"}], ids=["a number", "nothing", "a nameless object"])
def test_a_source_type_that_is_no_text_declares_nothing(value):
    assert _metadata({"Iptc4xmpExt:DigitalSourceType": value}) == ["unknown"]


def test_a_source_type_is_found_as_deep_as_metadata_go_and_no_deeper():
    def nested(levels):
        data = {"Iptc4xmpExt:DigitalSourceType": VOCABULARY + "digitalCapture"}
        for _ in range(levels):
            data = {"inner": data}
        return data

    assert _metadata(nested(12)) == ["camera"]
    assert _metadata(nested(13)) == ["unknown"]


def _metadata(data):
    """What a manifest with one assertion of metadata says."""
    body = {"assertions": [{"label": "c2pa.metadata", "data": data}]}
    found = declarations({"active_manifest": "a", "manifests": {"a": body}, "validation_state": "Valid"})
    return [declaration.says for declaration in found]


def test_a_manifest_is_found_behind_filling_bytes_and_boxes_of_any_size():
    jpeg, avif = SIGNED["JPEG"], SIGNED["AVIF"]
    place = jpeg.index(b"\xff\xeb")
    assert has_manifest(jpeg[:place] + 3 * b"\xff" + jpeg[place:])
    behind_ftyp = int.from_bytes(avif[:4], "big")
    wide = b"\0\0\0\1free" + (16).to_bytes(8, "big")
    assert has_manifest(avif[:behind_ftyp] + wide + avif[behind_ftyp:])
    assert has_manifest(avif.replace(b"ftypavif", b"ftypavis", 1))  # of several pictures


@pytest.mark.parametrize(
    ("kind", "place", "piece", "limit"),
    [
        ("JPEG", 2, b"\xff\xfe\0\2", 10_000),
        ("WEBP", 12, b"none\0\0\0\0", 10_000),
        ("AVIF", None, b"\0\0\0\x08free", 4096),
    ],
    ids=["segments", "chunks", "boxes"],
)
def test_a_manifest_behind_more_pieces_than_any_photo_has_is_not_looked_for(kind, place, piece, limit):
    data = SIGNED[kind]
    place = int.from_bytes(data[:4], "big") if place is None else place  # behind ftyp

    def behind(number):
        longer = data[:place] + number * piece + data[place:]
        return longer[:4] + (len(longer) - 8).to_bytes(4, "little") + longer[8:] if kind == "WEBP" else longer

    assert has_manifest(behind(limit - 100))
    assert not has_manifest(behind(limit))


def test_a_tiff_directory_outside_of_the_file_holds_no_manifest():
    assert not has_manifest(b"II*\0\xff\0\0\0" + bytes(20))


@settings(max_examples=60)
@given(
    kind=st.sampled_from(list(MEDIA)), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), cut=st.booleans()
)
def test_damage_never_leaves_a_valid_declaration_of_ai(kind, place, bit, cut):
    data = SIGNED[kind]
    at = int(place * len(data))
    damaged = data[:at] if cut else data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
    with within(2):
        found = read(damaged, trust_list=ROOT)
    # A flip may hit padding, which nothing covers; what is still valid then says what the whole file says.
    kept = [d.says for d in found if d.trust != "invalid" and "cannot be read" not in d.detail]
    assert kept in ([], ["ai_generated"])


SIGNED = {kind: signed(created("trainedAlgorithmicMedia"), kind=kind) for kind in MEDIA}


@pytest.mark.parametrize("kind", MEDIA)
def test_readings_agree_with_the_librarys_own_json(kind):
    wanted = {"verify": {"remote_manifest_fetch": False}, "trust": {"trust_anchors": ROOT}}
    with (
        c2pa.Settings.from_dict(wanted) as chosen,
        c2pa.Context(chosen) as context,
        c2pa.Reader(MEDIA[kind], io.BytesIO(SIGNED[kind]), context=context) as reader,
    ):
        store = json.loads(reader.json())
    assert store["validation_state"] == "Trusted"
    active = store["manifests"][store["active_manifest"]]
    (declaration,) = read(SIGNED[kind], trust_list=ROOT)
    assert active["signature_info"]["issuer"] in declaration.detail
    (action,) = next(a for a in active["assertions"] if a["label"] == "c2pa.actions.v2")["data"]["actions"]
    assert action["digitalSourceType"].rpartition("/")[2] in declaration.detail


# --- the command


def command(*arguments, prefix=()):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    line = [*prefix, sys.executable, "-X", "importtime", "-m", "artifact_check", "provenance", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, encoding="utf-8", env=env, timeout=120, check=False)


def modules(stderr):
    return {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in stderr.splitlines() if "import time:" in line}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "photos" / "below").mkdir(parents=True)
    (tmp_path / "photos" / "a.jpg").write_bytes(AI)
    (tmp_path / "photos" / "below" / "b.png").write_bytes(plain("PNG"))
    (tmp_path / "photos" / "below" / "c.jpg").write_bytes(b"no picture")
    (tmp_path / "root.pem").write_text(ROOT)
    return tmp_path


@pytest.mark.slow
def test_the_command_imports_nothing_heavy(folder):
    result = command(folder / "photos", "--format", "table", "--trust-list", folder / "root.pem")
    assert result.returncode == 0
    assert not {"mediapipe", "cv2", "sklearn", "scipy"} & modules(result.stderr)


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv"])
def test_the_command_gives_each_file_a_row(folder, format_, capsys):
    trusted = ("--trust-list", str(folder / "root.pem"))
    assert main(["provenance", str(folder / "photos"), "--format", format_, *trusted]) == 0
    out = capsys.readouterr().out
    assert "a.jpg" in out.replace("\n", "")
    if format_ == "jsonl":
        rows = [json.loads(line) for line in out.splitlines()]
        assert [row["verdict"] for row in rows] == ["declared_ai", None, None]
        assert [row["status"] for row in rows] == ["not_assessed", "not_assessed", "unreadable"]
        assert rows[0]["provenance"][0]["trust"] == "trusted"
        assert any(sentence.startswith("LinkedIn") for sentence in rows[0]["platforms"])


@pytest.mark.slow
def test_a_photo_without_markers_does_not_load_the_library(folder):
    assert "c2pa" not in modules(command(folder / "photos" / "below" / "b.png").stderr)


def test_exit_codes_are_those_of_scan(folder):
    photos = folder / "photos"
    for status, arguments in (
        (3, (photos, "--fail-on", "declared_ai")),
        (0, (photos / "below", "--fail-on", "declared_ai")),
        (2, (folder / "nothing",)),
        (1, (photos, "--trust-list", photos / "a.jpg")),
    ):
        assert main(["provenance", *map(str, arguments)]) == status


@pytest.mark.slow
def test_it_works_without_a_network(folder):
    prefix = ("unshare", "--user", "--net")
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no unshare here")
    remote = folder / "photos" / "remote.jpg"
    remote.write_bytes(signed(created("trainedAlgorithmicMedia"), remote=True, embed=False))
    result = command(folder / "photos", "--format", "jsonl", prefix=prefix)
    assert result.returncode == 0
    assert ADDRESS in result.stdout
