"""The key ring (law.md T-15, T-17): free text and files are sealed at rest, keys rotate, moved values don't open."""

import json
import secrets
import stat

import pytest

from billing.errors import Problem
from billing.store.key_file import KEYS_VARIABLE, create_ring, load_ring, reloaded, save_ring
from billing.store.keyring import KeyRing, key_id_of, new_ring


def test_a_sealed_value_opens_again():
    ring = new_ring()
    assert ring.open(ring.seal(b"secret", "place"), "place") == b"secret"


def test_the_same_value_is_never_sealed_the_same():
    ring = new_ring()
    assert ring.seal(b"secret", "place") != ring.seal(b"secret", "place")


def test_a_value_moved_elsewhere_does_not_open():
    ring = new_ring()
    with pytest.raises(Problem, match="seal_broken"):
        ring.open(ring.seal(b"secret", "entry_version.note@1"), "entry_version.note@2")


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_one_flipped_bit_does_not_open(place):
    ring = new_ring()
    sealed = bytearray(ring.seal(b"a secret of some length, 32 bytes", "place"))
    sealed[place] ^= 1
    with pytest.raises(Problem, match=r"seal_broken|key_missing"):
        ring.open(bytes(sealed), "place")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"plain text that was never sealed at all"])
def test_what_was_never_sealed_does_not_open(sealed):
    with pytest.raises(Problem, match="seal_broken"):
        new_ring().open(sealed, "place")


def test_a_missing_key_is_named():
    ring = new_ring()
    with pytest.raises(Problem) as raised:
        new_ring().open(ring.seal(b"secret", "place"), "place")
    assert (raised.value.code, raised.value.fields) == ("key_missing", {"key_id": ring.current})


def test_a_rotated_ring_opens_the_old_and_seals_with_the_new():
    old = new_ring()
    new = old.rotated()
    sealed = old.seal(b"secret", "place")
    assert new.open(sealed, "place") == b"secret"
    assert key_id_of(new.seal(b"secret", "place")) == new.current != old.current
    assert new.digest("x") == old.digest("x")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param(bytes(32), True, id="all zeros"),
        pytest.param(bytes(range(32)), True, id="bytes in a row"),
        pytest.param(b"0123456789abcdef"[:15] * 2 + b"00", True, id="few different bytes"),
        pytest.param(secrets.token_bytes(32), False, id="drawn"),
    ],
)
@pytest.mark.parametrize("which", ["old key", "digest key"])
def test_a_ring_is_guessable_if_one_of_its_keys_is(key, expected, which):
    made = new_ring()
    typed = KeyRing(made.current, {**made.keys, "0" * 8: key}, made.digest_key)
    assert (typed if which == "old key" else KeyRing(made.current, made.keys, key)).is_guessable is expected


def test_digests_need_the_key():
    assert new_ring().digest("frau@kunde.example") != new_ring().digest("frau@kunde.example")


def test_the_file_is_readable_by_its_owner_only(tmp_path):
    ring = create_ring(tmp_path / "keys.json")
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert load_ring(tmp_path / "keys.json", {}) == ring


def test_a_ring_is_never_overwritten_by_a_new_one(tmp_path):
    create_ring(tmp_path / "keys.json")
    with pytest.raises(Problem, match="keys_exist"):
        create_ring(tmp_path / "keys.json")


def test_a_saved_ring_replaces_the_file_in_one_step(tmp_path):
    ring = create_ring(tmp_path / "keys.json").rotated()
    save_ring(ring, tmp_path / "keys.json")
    assert load_ring(tmp_path / "keys.json", {}) == ring
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_the_environment_goes_before_the_file(tmp_path):
    ring = new_ring()
    assert load_ring(tmp_path / "none.json", {KEYS_VARIABLE: ring.to_json()}) == ring


def test_a_file_that_others_can_read_is_refused(tmp_path):
    create_ring(tmp_path / "keys.json")
    (tmp_path / "keys.json").chmod(0o640)
    with pytest.raises(Problem, match="keys_readable_by_others"):
        load_ring(tmp_path / "keys.json", {})


def test_a_ring_out_of_a_file_finds_a_key_that_comes_in_later(tmp_path):
    path = tmp_path / "keys.json"
    create_ring(path)
    running = load_ring(path, {})
    later = load_ring(path, {}).rotated()
    sealed = later.seal(b"secret", "place")
    with pytest.raises(Problem, match="key_missing"):
        running.open(sealed, "place")
    save_ring(later, path)
    assert running.open(sealed, "place") == b"secret"
    assert running.current != later.current
    assert reloaded(running).current == later.current


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.unlink(), id="gone"),
        pytest.param(lambda path: path.write_text("torn"), id="torn"),
        pytest.param(lambda path: path.chmod(0o644), id="readable by others"),
    ],
)
def test_a_file_that_was_spoilt_meanwhile_leaves_the_keys_known_so_far(tmp_path, spoil):
    path = tmp_path / "keys.json"
    create_ring(path)
    running = load_ring(path, {})
    sealed = running.seal(b"secret", "place")
    spoil(path)
    assert running.open(sealed, "place") == b"secret"
    with pytest.raises(Problem, match="key_missing"):
        running.open(running.rotated().seal(b"other", "place"), "place")


def test_a_ring_out_of_the_environment_stays_as_it_is(tmp_path):
    ring = load_ring(tmp_path / "none.json", {KEYS_VARIABLE: new_ring().to_json()})
    assert reloaded(ring) is ring


def test_no_keys_at_all_are_named(tmp_path):
    with pytest.raises(Problem, match="keys_missing"):
        load_ring(tmp_path / "keys.json", {})


def broken(ring: KeyRing, **changes: object) -> str:
    return json.dumps(json.loads(ring.to_json()) | changes)


TORN = {
    "no JSON": lambda _: "no JSON",
    "a list": lambda _: "[]",
    "nothing in it": lambda _: "{}",
    "its current key missing": lambda ring: broken(ring, current="00000000"),
    "a short key": lambda ring: broken(ring, keys={"short": "AAAA"}),
    "no keys": lambda ring: broken(ring, keys={}),
    "a short digest key": lambda ring: broken(ring, digest_key="AAAA"),
    "a number for a key": lambda ring: broken(ring, digest_key=7),
    "no base64": lambda ring: broken(ring, digest_key="no base64!"),
}


@pytest.mark.parametrize("tear", list(TORN.values()), ids=list(TORN))
def test_torn_keys_are_refused_before_anything_is_sealed(tmp_path, tear):
    with pytest.raises(Problem, match="keys_unreadable"):
        load_ring(tmp_path / "none.json", {KEYS_VARIABLE: tear(new_ring())})
