"""Which files are photos, in which order, and what is left out, wherever they are."""

from __future__ import annotations

import codecs
import io
import os
import random
import shutil
import struct
import subprocess
import sys
import tarfile
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest
from tests.command import folder

from artifact_check.cli import main
from artifact_check.errors import NothingToScanError, TooLargeError, UnreadableError
from artifact_check.sources import PHOTO_SUFFIXES, FoundPhotos, find_photos, read_list, source
from artifact_check.sources.local import LocalFile

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX links and pipes")


def files(*paths: Path) -> tuple[LocalFile, ...]:
    return tuple(map(LocalFile, paths))


def found(*paths: Path, below: Path, **options) -> list[str]:
    return [photo.path.relative_to(below).as_posix() for photo in find_photos(paths, **options).photos]


# Finding


@pytest.mark.parametrize("suffix", sorted(PHOTO_SUFFIXES))
def test_photos_are_known_by_suffix_in_any_case(tmp_path, suffix):
    folder(tmp_path, f"a{suffix}", f"b{suffix.upper()}", f"c{suffix}.txt", "d")

    assert find_photos([tmp_path]) == FoundPhotos(
        files(tmp_path / f"a{suffix}", tmp_path / f"b{suffix.upper()}"),
        no_photos=(str(tmp_path / f"c{suffix}.txt"), str(tmp_path / "d")),
    )


def test_folders_are_read_with_all_below_in_a_fixed_order(tmp_path):
    folder(tmp_path, "z.jpg", "b/2.png", "b/10.png", "a/deep/er/1.webp", "a/1.gif", "A.jpg")

    order = ["A.jpg", "z.jpg", "a/1.gif", "a/deep/er/1.webp", "b/10.png", "b/2.png"]
    assert found(tmp_path, below=tmp_path) == order


def test_paths_keep_the_order_in_which_they_are_given(tmp_path):
    folder(tmp_path, "b/1.jpg", "a/1.jpg", "c.jpg")

    assert found(tmp_path / "c.jpg", tmp_path / "b", tmp_path / "a", below=tmp_path) == ["c.jpg", "b/1.jpg", "a/1.jpg"]


def test_photos_are_named_as_they_were_given(tmp_path, monkeypatch):
    monkeypatch.chdir(folder(tmp_path, "a/1.jpg"))

    assert find_photos("a").photos == files(Path("a/1.jpg"))
    assert find_photos([Path("a/../a"), "."]).photos == files(Path("a/../a/1.jpg"))


def test_hidden_files_and_folders_are_left_out_unless_given(tmp_path):
    folder(tmp_path, ".hidden.jpg", ".cache/1.jpg", "._1.jpg", "1.jpg")

    aside = (str(tmp_path / name) for name in ("._1.jpg", ".cache", ".hidden.jpg"))
    assert find_photos([tmp_path]) == FoundPhotos(files(tmp_path / "1.jpg"), set_aside=tuple(aside))
    assert found(tmp_path / ".hidden.jpg", tmp_path / ".cache", below=tmp_path) == [".hidden.jpg", ".cache/1.jpg"]


def test_a_file_given_is_taken_whatever_its_suffix(tmp_path):
    folder(tmp_path, "photo", "notes.txt", "a.jpg")

    assert find_photos([tmp_path / "photo", tmp_path / "notes.txt"]).photos == files(
        tmp_path / "photo",
        tmp_path / "notes.txt",
    )
    assert found(tmp_path / "photo", tmp_path, below=tmp_path) == ["photo", "a.jpg"]


def test_a_file_reached_twice_comes_once(tmp_path):
    folder(tmp_path, "a/1.jpg", "a/2.jpg")

    again = tmp_path / "a" / ".." / "a" / "1.jpg"
    assert found(tmp_path / "a/2.jpg", tmp_path, tmp_path / "a", again, below=tmp_path) == ["a/2.jpg", "a/1.jpg"]


def test_a_folder_named_like_a_photo_is_a_folder(tmp_path):
    folder(tmp_path, "a.jpg/b.jpg")

    assert find_photos([tmp_path]) == FoundPhotos(files(tmp_path / "a.jpg" / "b.jpg"))


@posix
def test_links_to_photos_and_folders_are_followed_once(tmp_path):
    folder(tmp_path, "real/1.jpg", "photos/2.jpg")
    (tmp_path / "photos/album").symlink_to(tmp_path / "real")
    (tmp_path / "photos/copy.jpg").symlink_to(tmp_path / "photos/2.jpg")
    (tmp_path / "photos/again").symlink_to(tmp_path / "real")

    assert found(tmp_path / "photos", below=tmp_path) == ["photos/2.jpg", "photos/again/1.jpg"]


@posix
def test_links_that_lead_up_or_round_or_nowhere_do_no_harm(tmp_path):
    folder(tmp_path, "outside.jpg", "photos/a/1.jpg")
    (tmp_path / "photos/a/up").symlink_to(tmp_path)
    (tmp_path / "photos/a/self").symlink_to("../a")
    (tmp_path / "photos/round.jpg").symlink_to("round.jpg")
    (tmp_path / "photos/gone.jpg").symlink_to("gone")

    nowhere = tuple(str(tmp_path / "photos" / name) for name in ("gone.jpg", "round.jpg"))
    assert find_photos([tmp_path / "photos"]) == FoundPhotos(files(tmp_path / "photos/a/1.jpg"), nowhere)


@posix
def test_a_pipe_named_like_a_photo_is_not_opened(tmp_path):
    folder(tmp_path, "1.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")

    assert find_photos([tmp_path]) == FoundPhotos(files(tmp_path / "1.jpg"), (str(tmp_path / "pipe.jpg"),))


@posix
def test_a_pipe_that_a_list_names_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (pipe,) = find_photos([], listed=[str(tmp_path / "pipe.jpg")]).photos

    with pytest.raises(UnreadableError, match="not a regular file"):
        pipe.read()


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (["*.gif"], ["1.jpg", "raw/2.jpg", "sub/raw/3.jpg"]),
        (["raw"], ["1.jpg", "4.gif"]),
        (["raw/"], ["1.jpg", "4.gif"]),
        (["raw/*"], ["1.jpg", "4.gif", "sub/raw/3.jpg"]),
        (["sub/raw/?.jpg", "1*"], ["4.gif", "raw/2.jpg"]),
        (["RAW"], ["1.jpg", "4.gif", "raw/2.jpg", "sub/raw/3.jpg"]),
    ],
)
def test_exclude_matches_names_and_paths_below_the_folder(tmp_path, patterns, left):
    folder(tmp_path, "1.jpg", "4.gif", "raw/2.jpg", "sub/raw/3.jpg")

    assert found(tmp_path, below=tmp_path, exclude=patterns) == left


def test_exclude_also_holds_for_a_file_given_by_name(tmp_path):
    folder(tmp_path, "1.jpg", "2.jpg")

    assert found(tmp_path / "1.jpg", tmp_path / "2.jpg", below=tmp_path, exclude=["2*"]) == ["1.jpg"]


def test_limit_takes_the_first_photos(tmp_path):
    folder(tmp_path, "1.jpg", "2.jpg", "3.jpg")

    assert found(tmp_path, below=tmp_path, limit=2) == ["1.jpg", "2.jpg"]


def test_a_path_that_is_missing_is_named(tmp_path):
    folder(tmp_path, "1.jpg")

    with pytest.raises(NothingToScanError, match=r"gone\.jpg does not exist"):
        find_photos([tmp_path, tmp_path / "gone.jpg"])


def test_nothing_to_scan_says_where_and_what_else_is_there(tmp_path):
    folder(tmp_path, "notes.txt")

    with pytest.raises(NothingToScanError, match=f"{tmp_path.name}; 1 other file"):
        find_photos([tmp_path])
    with pytest.raises(NothingToScanError):
        find_photos([])


def lock(monkeypatch):
    """Folders called "locked" cannot be opened, not even by root."""
    scandir = os.scandir

    def deny(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", deny)


def test_a_folder_that_cannot_be_opened_is_told_apart_from_an_empty_one(tmp_path, monkeypatch):
    folder(tmp_path, "1.jpg", "locked/2.jpg")
    lock(monkeypatch)

    assert find_photos([tmp_path]) == FoundPhotos(files(tmp_path / "1.jpg"), unreadable_folders=(tmp_path / "locked",))
    with pytest.raises(NothingToScanError, match="locked could not be opened"):
        find_photos([tmp_path / "locked"])


@posix
def test_a_folder_whose_path_is_too_long_costs_what_is_in_it_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(folder(tmp_path, "1.jpg"))
    for _ in range(21):  # step by step, for at once they are longer than a path may be
        Path("d" * 200).mkdir()
        os.chdir("d" * 200)

    found = find_photos([tmp_path])

    assert found.photos == files(tmp_path / "1.jpg")
    assert len(found.unreadable_folders) == 1


def test_a_folder_that_cannot_be_opened_is_told_on_stderr(tmp_path, monkeypatch, capsys):
    folder(tmp_path, "1.jpg", "locked/2.jpg")
    lock(monkeypatch)

    assert main(["provenance", str(tmp_path)]) == 0

    assert f"Left out: {tmp_path / 'locked'} could not be opened." in capsys.readouterr().err


# Archives


PHOTOS = {"a.jpg": b"one", "sub/b.PNG": b"two" * 5000, "sub/deeper/c.webp": b"three"}
OTHERS = {"notes.txt": b"no photo", ".hidden.jpg": b"no", "__MACOSX/._a.jpg": b"no", "inner.zip": b"PK"}


def zipped(path: Path, contents: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, contents: dict[str, bytes]) -> Path:
    suffix = path.suffix.lstrip(".")
    mode = {"tgz": "gz", "gz": "gz", "bz2": "bz2", "xz": "xz", "tar": ""}[suffix]
    with tarfile.open(path, f"w:{mode}") as archive:
        for name, data in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return path


def archived(path: Path, contents: dict[str, bytes]) -> Path:
    return (zipped if path.suffix == ".zip" else tarred)(path, contents)


ARCHIVES = ["x.zip", "x.tar", "x.tar.gz", "x.tgz", "x.tar.bz2", "x.tar.xz"]


@pytest.mark.parametrize("name", ARCHIVES)
def test_archives_give_their_photos_in_their_own_order(tmp_path, name):
    archive = archived(tmp_path / name, PHOTOS | OTHERS)

    found = find_photos(archive)

    assert [photo.name for photo in found.photos] == [f"{archive}/{inner}" for inner in PHOTOS]
    assert [photo.read() for photo in found.photos] == list(PHOTOS.values())
    assert [photo.read() for photo in reversed(found.photos)] == list(PHOTOS.values())[::-1]
    assert found.no_photos == (f"{archive}/notes.txt", f"{archive}/inner.zip")
    assert found.set_aside == (f"{archive}/.hidden.jpg", f"{archive}/__MACOSX")
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_in_a_folder_is_another_file(tmp_path, name):
    archive = archived(tmp_path / name, PHOTOS)
    folder(tmp_path, "1.jpg")

    assert find_photos(tmp_path) == FoundPhotos(files(tmp_path / "1.jpg"), (str(archive),))


@pytest.mark.parametrize("name", ["x.zip", "x.tar.gz"])
def test_exclude_and_limit_hold_for_archives(tmp_path, name):
    archive = archived(tmp_path / name, PHOTOS)

    assert [photo.name for photo in find_photos(archive, exclude=["sub"]).photos] == [f"{archive}/a.jpg"]
    assert [photo.name for photo in find_photos(archive, limit=2).photos] == [
        f"{archive}/a.jpg",
        f"{archive}/sub/b.PNG",
    ]


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tgz"])
def test_members_that_look_alike_are_a_row_each(tmp_path, name):
    """The second is told by a number that no other member has."""
    names = ["in/a.jpg", "in/a (2).jpg", "in/a.jpg", "./in/a.jpg", "in/a.jpg"]
    if name == "x.zip":
        path = raw_zip(tmp_path / name, [(each.encode(), str(n)) for n, each in enumerate(names)])
    else:
        path = raw_tar(tmp_path / name, [(each.encode(), str(n)) for n, each in enumerate(names)])

    found = {photo.name.removeprefix(f"{path}/"): photo.read() for photo in find_photos(path).photos}

    assert list(found.values()) == [b"0", b"1", b"2", b"3", b"4"]
    assert list(found) == ["in/a.jpg", "in/a (2).jpg", "in/a (3).jpg", "./in/a.jpg", "in/a (4).jpg"]


def raw_zip(path: Path, members: list[tuple[bytes, str]], *, field: dict[bytes, str] | None = None) -> Path:
    """A zip without the UTF-8 flag; `field` gives names for the Unicode path field by the stored name's bytes."""
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two members of one name
        for number, (name, content) in enumerate(members):
            info = zipfile.ZipInfo(f"{number}".rjust(len(name), "#"))
            info.create_system = 0
            if field and name in field:
                body = b"\1" + struct.pack("<I", zlib.crc32(name)) + field[name].encode()
                info.extra = struct.pack("<HH", 0x7075, len(body)) + body
            archive.writestr(info, content)
    data = path.read_bytes()
    for number, (name, _) in enumerate(members):
        data = data.replace(f"{number}".rjust(len(name), "#").encode(), name)
    path.write_bytes(data)
    return path


def raw_tar(path: Path, members: list[tuple[bytes, str]]) -> Path:
    mode = "w:gz" if path.suffix == ".tgz" else "w"
    with tarfile.open(path, mode, encoding="latin-1", format=tarfile.GNU_FORMAT) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name.decode("latin-1"))
            info.size = len(content.encode())
            archive.addfile(info, io.BytesIO(content.encode()))
    return path


NAMES = {
    "utf-8": ["증명사진/김민수.jpg", "李明.png", "Zoë.jpg"],
    "cp949": ["증명사진/김민수.jpg", "꽃.png", "이력서 (2).jpg"],
    "cp932": ["履歴書/山田太郎.jpg", "表紙.png", "ソニー写真.jpg"],
    "gbk": ["简历/张三丰.jpg", "李明.png", "证件照.jpg"],
    "big5": ["履歷表/陳小明.jpg", "照片.png"],
    "cp1252": ["Müller.jpg", "José García.png", "Übersicht/Frau Weiß.jpg"],
    "cp1251": ["Фото/Сергей Иванов.jpg", "паспорт.png"],
}
OF_DOS = {"cp437": ["Müller.jpg", "José.png"], "cp866": ["Фото/Сергей Иванов.jpg", "паспорт.png"]}


@pytest.mark.parametrize(("encoding", "names"), (NAMES | OF_DOS).items())
def test_names_of_a_zip_are_read_by_the_encoding_that_fits_all(tmp_path, encoding, names):
    path = raw_zip(tmp_path / "x.zip", [(name.encode(encoding), name) for name in [*names, "plain.jpg"]])

    found = find_photos(path)

    assert [photo.name for photo in found.photos] == [f"{path}/{name}" for name in [*names, "plain.jpg"]]
    assert [photo.read().decode() for photo in found.photos] == [*names, "plain.jpg"]
    assert found.guessed_encodings == (() if encoding == "cp437" else ((path, encoding),))  # the format's own


@pytest.mark.parametrize(("encoding", "names"), NAMES.items())
@pytest.mark.parametrize("name", ["x.tar", "x.tgz"])
def test_names_of_a_tar_are_read_by_the_encoding_that_fits_all(tmp_path, name, encoding, names):
    path = raw_tar(tmp_path / name, [(each.encode(encoding), each) for each in names])

    found = find_photos(path)

    assert [photo.name for photo in found.photos] == [f"{path}/{each}" for each in names]
    assert [photo.read().decode() for photo in found.photos] == names
    assert found.guessed_encodings == (() if encoding == "utf-8" else ((path, encoding),))  # the format's own


@pytest.mark.parametrize("name", ["x.zip", "x.tar"])
def test_a_name_that_can_only_be_utf_8_is_that_among_others(tmp_path, name):
    names = [("Müller.jpg", "utf-8"), ("김철수.jpg", "cp949"), ("증명사진.jpg", "utf-8"), ("체.jpg", "cp949")]
    make = raw_zip if name == "x.zip" else raw_tar
    path = make(tmp_path / name, [(each.encode(encoding), each) for each, encoding in names])

    assert [(photo.name, photo.read().decode()) for photo in find_photos(path).photos] == [
        (f"{path}/{each}", each) for each, _ in names
    ]


def test_a_name_that_is_wrongly_said_to_be_utf_8_costs_no_photo(tmp_path):
    names = [("김민수.jpg", "cp949"), ("증명사진.jpg", "utf-8"), ("plain.jpg", "ascii")]
    path = raw_zip(tmp_path / "x.zip", [(each.encode(encoding), each) for each, encoding in names])
    data = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = -1
        while (at := data.find(signature, at + 1)) >= 0:
            data[at + flags + 1] |= 0x08
    path.write_bytes(data)

    found = find_photos(path)

    assert [photo.name for photo in found.photos] == [f"{path}/{each}" for each, _ in names]
    assert [photo.read().decode() for photo in found.photos] == [each for each, _ in names]
    assert found.guessed_encodings == ((path, "cp949"),)


def test_a_zips_unicode_path_field_counts_where_it_was_made_for_that_name(tmp_path):
    plain, short = b"______.png", b"_.png"
    field = {plain: "김민수.png", short: "李明.png"}
    path = raw_zip(tmp_path / "x.zip", [(plain, "1"), (short, "2")], field=field)
    data = path.read_bytes()
    other = data.replace(struct.pack("<I", zlib.crc32(short)), b"\0\0\0\0")
    (tmp_path / "renamed.zip").write_bytes(other)

    assert [photo.name for photo in find_photos(path).photos] == [f"{path}/김민수.png", f"{path}/李明.png"]
    assert [Path(photo.name).name for photo in find_photos(tmp_path / "renamed.zip").photos] == ["김민수.png", "_.png"]
    assert find_photos(path).guessed_encodings == ()


def test_bytes_that_are_text_in_no_encoding_still_are_names(tmp_path):
    odd = [b"\xff\xff.jpg", "한.jpg".encode()]
    for path in (
        raw_zip(tmp_path / "x.zip", [(n, "1") for n in odd]),
        raw_tar(tmp_path / "x.tar", [(n, "1") for n in odd]),
    ):
        found = find_photos(path)
        assert [photo.read() for photo in found.photos] == [b"1", b"1"]
        assert found.photos[1].name == f"{path}/한.jpg"
        assert found.guessed_encodings == ()


def test_backslashes_of_windows_part_folders(tmp_path):
    path = raw_zip(tmp_path / "x.zip", [(b"__MACOSX\\a.jpg", "1"), (b"photos\\b.jpg", "2")])

    assert [photo.name for photo in find_photos(path).photos] == [f"{path}/photos/b.jpg"]


def test_a_guess_is_told(tmp_path, capsys):
    path = raw_zip(tmp_path / "x.zip", [("김민수.jpg".encode("cp949"), "no picture")])

    assert main(["provenance", str(path)]) == 0

    assert (
        "x.zip does not say how its files' names are encoded; they were read as cp949, a guess."
        in capsys.readouterr().err
    )


SYSTEM = ["@eaDir", "$RECYCLE.BIN", "$Recycle.Bin", "#recycle", "@Recycle", ".Trash-1000", ".Trashes", ".thumbnails",
          ".@__thumb", "__MACOSX", "System Volume Information", ".AppleDouble", "RECYCLER", "RECYCLED",
          "Trash"]  # fmt: skip


@pytest.mark.parametrize("name", ["", "x.zip", "x.tar"])
def test_folders_of_the_system_hold_no_photos_and_are_named(tmp_path, name):
    contents = {f"album/{system}/deep/1.jpg": b"no" for system in SYSTEM} | {"album/1.jpg": b"1"}
    top = archived(tmp_path / name, contents) if name else folder(tmp_path / "top", *contents)

    found = find_photos(top)

    assert [photo.name for photo in found.photos] == [f"{top}/album/1.jpg"]
    assert sorted(found.set_aside) == sorted(f"{top}/album/{system}" for system in SYSTEM)


def test_a_folder_of_the_system_is_searched_where_it_is_given(tmp_path):
    folder(tmp_path, "#recycle/1.jpg")

    assert found(tmp_path / "#recycle", below=tmp_path) == ["#recycle/1.jpg"]
    with pytest.raises(NothingToScanError, match="#recycle was left out"):
        find_photos(tmp_path)


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tgz"])
def test_names_that_climb_out_of_an_archive_are_only_names(tmp_path, name):
    members = {"../../etc/a.jpg": b"1", "/etc/b.jpg": b"2", "a/../etc/a.jpg": b"3", "c\n\x1b[31md.jpg": b"4"}
    archive = archived(tmp_path / name, members)

    found = find_photos(archive)

    names = ["etc/a.jpg", "etc/b.jpg", "a/etc/a.jpg", "c__[31md.jpg"]
    assert [photo.name for photo in found.photos] == [f"{archive}/{each}" for each in names]
    assert [photo.read() for photo in found.photos] == [*members.values()]
    assert found.set_aside == ()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tgz"])
def test_a_file_that_is_no_archive_is_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"hello")

    with pytest.raises(NothingToScanError, match=f"{name} cannot be read as an archive"):
        find_photos(tmp_path / name)


@pytest.mark.parametrize("name", ARCHIVES)
def test_damage_to_an_archive_costs_the_photos_it_hits(tmp_path, name):
    archive = archived(tmp_path / name, {"a.jpg": bytes(range(256)) * 100})
    (photo,) = find_photos(archive).photos
    whole = archive.read_bytes()

    archive.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(UnreadableError, match="from its archive"):
        photo.read()


@pytest.mark.parametrize("name", ARCHIVES)
def test_flipped_bits_in_an_archive_are_refused_or_read_but_nothing_else(tmp_path, name):
    contents = {"a.jpg": random.Random(1).randbytes(30_000), "b.jpg": bytes(9000)}  # noqa: S311 - no secret
    whole = archived(tmp_path / name, contents).read_bytes()
    for at in range(20, len(whole), max(1, len(whole) // 40)):
        damaged = tmp_path / f"{at}{name[1:]}"
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            for photo in find_photos(damaged).photos:
                assert len(photo.read()) in {30_000, 9000}
        except (NothingToScanError, UnreadableError, TooLargeError):
            pass


def test_a_member_packed_by_lzma_and_damaged_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.jpg", random.Random(1).randbytes(5000))  # noqa: S311 - no secret
    (photo,) = find_photos(tmp_path / "x.zip").photos
    whole = (tmp_path / "x.zip").read_bytes()
    refused = 0
    for at in range(40, 200):
        (tmp_path / f"{at}.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            find_photos(tmp_path / f"{at}.zip").photos[0].read()
        except UnreadableError:
            refused += 1

    assert len(photo.read()) == 5000
    assert refused > 100


@pytest.mark.parametrize("name", ["x.zip", "x.tar"])
def test_an_archive_that_is_changed_after_it_was_listed_gives_no_other_photo(tmp_path, name):
    archive = archived(tmp_path / name, {"a.jpg": b"A" * 2000, "b.jpg": b"B" * 2000})
    found = find_photos(archive).photos
    archived(archive, {"b.jpg": b"B" * 1000, "a.jpg": b"A" * 1000})

    for photo in found:
        with pytest.raises(UnreadableError, match="changed since"):
            photo.read()


@pytest.mark.parametrize("name", ["x.zip", "x.tar"])
def test_an_archive_given_twice_comes_once(tmp_path, name, monkeypatch):
    archive = archived(tmp_path / name, PHOTOS)
    monkeypatch.chdir(tmp_path)

    assert len(find_photos([archive, name, f"../{tmp_path.name}/{name}"]).photos) == len(PHOTOS)


@pytest.mark.parametrize("name", ["x.zip", "x.tgz"])
def test_a_bomb_of_zeros_is_not_unpacked(tmp_path, name, monkeypatch):
    monkeypatch.setattr(source, "MAX_BYTES", 1_000_000)
    archive = archived(tmp_path / name, {"bomb.png": bytes(5_000_000)})
    assert archive.stat().st_size < 10_000
    (photo,) = find_photos(archive).photos

    with pytest.raises(TooLargeError):
        photo.read()


def test_a_member_that_is_longer_than_it_says_is_not_read_on(tmp_path):
    archive = zipped(tmp_path / "x.zip", {"bomb.png": bytes(5_000_000)})
    data = bytearray(archive.read_bytes())
    for at in (data.index(b"PK\1\2") + 24, data.index(b"PK\3\4") + 22):
        data[at : at + 4] = (1000).to_bytes(4, "little")
    archive.write_bytes(data)
    (photo,) = find_photos(archive).photos

    with pytest.raises(UnreadableError):
        photo.read()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tar") is None, reason="Python writes no archive with holes")
def test_a_member_that_is_kept_with_holes_is_refused(tmp_path):
    with (tmp_path / "holes.bmp").open("wb") as file:
        file.write(b"BM")
        file.truncate(1_000_000)
    make = ["tar", "--sparse", "--hole-detection=raw", "-cf", "x.tar", "holes.bmp"]
    subprocess.run(make, cwd=tmp_path, check=True)
    (photo,) = find_photos(tmp_path / "x.tar").photos

    with pytest.raises(UnreadableError, match="cannot be read from its archive"):
        photo.read()


def test_a_locked_member_says_so(tmp_path):
    archive = zipped(tmp_path / "x.zip", {"a.jpg": b"secret"})
    data = bytearray(archive.read_bytes())
    for at in (data.index(b"PK\1\2") + 8, data.index(b"PK\3\4") + 6):
        data[at] |= 1  # "encrypted"
    archive.write_bytes(data)
    (photo,) = find_photos(archive).photos

    with pytest.raises(UnreadableError, match="password"):
        photo.read()


# Lists


def test_lists_name_paths_folders_and_archives_one_a_line(tmp_path):
    folder(tmp_path, "a/1.jpg", "a/2.jpg", "b.jpg")
    archive = zipped(tmp_path / "x.zip", PHOTOS)
    lines = f"{tmp_path / 'b.jpg'}\n\n{tmp_path / 'a'}\r\n{archive}".encode()

    found = [photo.name for photo in find_photos([], listed=read_list(lines)).photos]

    assert found == [
        *(str(tmp_path / name) for name in ("b.jpg", "a/1.jpg", "a/2.jpg")),
        *(f"{archive}/{inner}" for inner in PHOTOS),
    ]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_list_may_be_in_utf_8_or_16_with_or_without_a_mark(mark, encoding, line_end):
    names = ["a.png", "b ü 한.png", "\u2028.jpg"]

    assert read_list(mark + line_end.join([*names, ""]).encode(encoding)) == names


@pytest.mark.parametrize("end", [b"", b"\0"])
def test_a_list_may_have_a_nul_behind_each_name(end):
    names = ["./a.png", "two\nlines.jpg", "b ü 한.png"]

    assert read_list("\0".join(names).encode() + end) == names
    assert read_list(b"caf\xe9.png\0b.png" + end) == ["caf\udce9.png", "b.png"]


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
def test_a_list_in_utf_32_says_how_to_save_it(encoding, tmp_path, capsys):
    (tmp_path / "list.txt").write_bytes("a.png\nb.png\n".encode(encoding))

    assert main(["scan", "--from-file", str(tmp_path / "list.txt")]) == 2
    assert (
        capsys.readouterr().err
        == "artifact-check: The list of photos is in UTF-32, which is not read; save it as UTF-8.\n"
    )


def test_a_list_cut_off_in_a_letter_keeps_its_other_lines():
    assert read_list("a.jpg\nb.jpg".encode("utf-16")[:-1])[0] == "a.jpg"
    assert read_list(b"a.jpg\nb\xff.jpg") == ["a.jpg", os.fsdecode(b"b\xff.jpg")]


def test_a_line_that_leads_nowhere_is_a_photo_that_cannot_be_opened(tmp_path):
    folder(tmp_path, "1.jpg")

    first, second = find_photos([tmp_path / "1.jpg"], listed=[str(tmp_path / "gone.jpg")]).photos

    assert first.read() == b"1.jpg"
    with pytest.raises(UnreadableError, match="No such file"):
        second.read()


def test_an_address_says_what_is_to_be_installed_for_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)

    with pytest.raises(NothingToScanError, match=r"needs fsspec; .* artifact-check\[cluster\]"):
        find_photos(["memory://photos"])


@pytest.mark.parametrize("line", ["x.zip", "a" * 300, "with\0nul.jpg", "s3x://nowhere/a.jpg", "memory://no.jpg"])
def test_an_odd_line_costs_its_row_and_not_the_scan(tmp_path, line, monkeypatch):
    monkeypatch.chdir(folder(tmp_path, "x.zip", "1.jpg"))

    odd, good = find_photos([], listed=[line, "1.jpg"]).photos

    with pytest.raises(UnreadableError):
        odd.read()
    assert odd.version() is None
    assert good.read() == b"1.jpg"
