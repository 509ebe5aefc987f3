"""Files sealed for a backup: what was written comes back, and whatever else was done to the file is noticed."""

import io
from dataclasses import replace

import pytest

from billing.errors import Problem
from billing.store.sealed_stream import (
    BackupKey,
    OpenedStream,
    new_backup_key,
    parse_backup_key,
    read_about,
    seal_stream,
)

MIB = 1024 * 1024
KEY = BackupKey(bytes(range(32)))
SEALED_CHUNK = MIB + 16


def sealed(plain: bytes, key: BackupKey = KEY, **about: object) -> bytes:
    target = io.BytesIO()
    seal_stream(io.BytesIO(plain), target, key, about)
    return target.getvalue()


def opened(file: bytes, key: BackupKey = KEY) -> bytes:
    stream = OpenedStream(io.BytesIO(file), key)
    return io.BufferedReader(stream).read()


def head_of(file: bytes) -> int:
    return 20 + int.from_bytes(file[16:20])


class Dribble(io.BytesIO):
    """A pipe, which gives a few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 1000))


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(0, id="nothing"),
        pytest.param(1, id="one byte"),
        pytest.param(MIB, id="exactly a chunk"),
        pytest.param(2 * MIB, id="exactly two chunks"),
        pytest.param(2 * MIB + 1, id="two chunks and a byte"),
    ],
)
def test_what_was_sealed_comes_back(size):
    plain = bytes(i % 251 for i in range(size))
    assert opened(sealed(plain)) == plain


def test_a_pipe_is_sealed_like_a_file():
    plain = b"x" * (MIB + 7)
    target = io.BytesIO()
    seal_stream(Dribble(plain), target, KEY, {})
    assert opened(target.getvalue()) == plain


def test_the_same_content_is_sealed_differently_each_time():
    assert sealed(b"same")[-20:] != sealed(b"same")[-20:]


def test_nothing_of_the_content_can_be_read_without_the_key():
    assert b"Klinikum" not in sealed(b"Klinikum Filder " * 1000)


def test_what_it_says_of_itself_can_be_read_without_the_key():
    about = read_about(io.BytesIO(sealed(b"x", kind="database")))
    assert (about["kind"], about["key"]) == ("database", KEY.id)


@pytest.mark.parametrize("at", [0.0, 0.02, 0.3, 0.6, 0.9999])
def test_one_flipped_bit_of_a_sealed_file_is_noticed(at):
    file = bytearray(sealed(b"x" * (3 * MIB)))
    file[int(len(file) * at)] ^= 1
    with pytest.raises(Problem) as refused:
        opened(bytes(file))
    assert refused.value.code in {"backup_broken", "backup_not_ours"}


def test_a_header_that_was_changed_opens_nothing():
    file = sealed(b"x", taken_at="2026-11-28")
    with pytest.raises(Problem, match="backup_broken"):
        opened(file.replace(b"2026-11-28", b"2026-11-29"))


@pytest.mark.parametrize(
    "torn",
    [
        pytest.param(lambda head, body: head + body[:0], id="without any chunk"),
        pytest.param(lambda head, body: head + body[:SEALED_CHUNK], id="after the first chunk"),
        pytest.param(lambda head, body: head + body[: 2 * SEALED_CHUNK], id="after the second chunk"),
        pytest.param(lambda head, body: head + body[:-1], id="one byte short"),
        pytest.param(lambda head, body: head + body + b"\0", id="with a byte more"),
        pytest.param(lambda head, body: head + body + body[-20:], id="with the last chunk twice"),
        pytest.param(lambda head, body: head + body[SEALED_CHUNK:], id="without its first chunk"),
        pytest.param(
            lambda head, body: (
                head + body[SEALED_CHUNK : 2 * SEALED_CHUNK] + body[:SEALED_CHUNK] + body[2 * SEALED_CHUNK :]
            ),
            id="two chunks swapped",
        ),
    ],
)
def test_a_file_that_was_cut_or_put_together_differently_does_not_open(torn):
    file = sealed(b"x" * (2 * MIB + 4))
    at = head_of(file)
    with pytest.raises(Problem, match="backup_broken"):
        opened(torn(file[:at], file[at:]))


def test_chunks_of_two_files_do_not_fit_together():
    one, other = sealed(b"x" * (MIB + 1)), sealed(b"x" * (MIB + 1))
    at = head_of(one)
    with pytest.raises(Problem, match="backup_broken"):
        opened(one[: at + SEALED_CHUNK] + other[at + SEALED_CHUNK :])


def test_another_key_is_named():
    with pytest.raises(Problem, match="backup_other_key") as refused:
        opened(sealed(b"x"), new_backup_key())
    assert refused.value.fields["key_id"] == KEY.id


@pytest.mark.parametrize(
    "file", [b"", b"SQLite format 3\0" + bytes(100), b"MEHRAUFWAND"], ids=["empty", "sqlite", "torn"]
)
def test_another_file_is_told(file):
    with pytest.raises(Problem, match="backup_not_ours"):
        opened(file)


def test_a_key_comes_back_from_its_text():
    assert parse_backup_key(f"  {KEY.to_text()}\n") == KEY
    assert replace(KEY, secret=bytes(32)).id != KEY.id


@pytest.mark.parametrize("text", ["", "mehraufwand-backup-", KEY.to_text()[:-1], KEY.to_text() + "00", "x" * 64])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(Problem, match="backup_key_unreadable"):
        parse_backup_key(text)
