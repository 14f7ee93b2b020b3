"""Files are whole or absent and replace nothing that they may not; a full disk loses nothing that fits elsewhere."""

import os
import time

import numpy as np
import pytest

from lstm_lib.errors import InputError
from lstm_lib.storage import checkpoint
from lstm_lib.storage.checkpoint import atomic, require_writable, write_json
from lstm_lib.storage.files import kind_of, read_text
from lstm_lib.storage.writing import HERE

pytestmark = pytest.mark.numpy


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "r.json"
    write_json(path, {"a": 1})
    before = path.read_text()
    with pytest.raises(ValueError, match="Out of range"):
        write_json(path, {"a": float("nan")})
    with pytest.raises(RuntimeError), atomic(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_named_before_and_after(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "r.json", tmp_path):
        with pytest.raises(InputError, match="cannot write"):
            require_writable(place)
        with pytest.raises(InputError, match="cannot write"):
            write_json(place, {})
    require_writable(tmp_path / "new" / "r.json")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_link_is_followed_a_mode_is_kept_and_a_device_refused(tmp_path):
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    real.chmod(0o600)
    link.symlink_to(real)
    write_json(link, {"a": 1})
    assert link.is_symlink() and "1" in real.read_text() and real.stat().st_mode & 0o777 == 0o600
    write_json(tmp_path / "new.json", {})
    assert (tmp_path / "new.json").stat().st_mode & 0o044 == 0o044 & ~_umask()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="it is not a file"):
        write_json(tmp_path / "pipe", {})


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_read_only_file_is_not_replaced(tmp_path):
    (tmp_path / "a.json").write_text("mine")
    (tmp_path / "link.json").symlink_to(tmp_path / "a.json")
    (tmp_path / "a.json").chmod(0o444)
    for place in (tmp_path / "a.json", tmp_path / "link.json"):
        with pytest.raises(InputError, match="is read-only; choose another place, or make it writable"):
            write_json(place, {})
    assert (tmp_path / "a.json").read_text() == "mine" and len(list(tmp_path.iterdir())) == 2


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    done, fsync, replace = [], os.fsync, os.replace

    def note(handle):
        done.append(os.fstat(handle).st_ino)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(os, "replace", lambda *names: (done.append("renamed"), replace(*names)))
    write_json(tmp_path / "a.json", {})
    assert done == [(tmp_path / "a.json").stat().st_ino, "renamed", tmp_path.stat().st_ino]


def test_what_killed_processes_were_writing_is_removed_and_nothing_else(tmp_path, ended_process):
    ended = ended_process()
    other = ".writing-00000000-"  # of another machine
    names = {
        f"{HERE}{ended}-a.json": False,
        f"{HERE}{os.getpid()}-a.json": True,
        f"{HERE}{os.getppid()}-a.json": True,
        f"{HERE}{2**70}-a.json": False,  # no process can have that number
        f"{other}{ended}-a.json": True,
        f"{other}1-old.json": False,
        ".writing-notes.txt": True,
    }
    for name in names:
        (tmp_path / name).write_text("")
    two_days_ago = time.time() - 2 * 86_400
    for name in (f"{other}1-old.json", ".writing-notes.txt"):
        os.utime(tmp_path / name, (two_days_ago, two_days_ago))
    write_json(tmp_path / "new.json", {})
    kept = {name for name, stays in names.items() if stays} | {"new.json"}
    assert {p.name for p in tmp_path.iterdir()} == kept


@pytest.mark.parametrize("too_full_to_begin", [False, True])
@pytest.mark.parametrize("kind", ["json", "safetensors"])
def test_a_full_disk_is_one_line_and_what_was_to_be_written_is_elsewhere(tmp_path, full_disk, kind, too_full_to_begin):
    folder, elsewhere = full_disk(tmp_path)
    file = folder / f"a.{kind}"

    def write(value):
        if kind == "json":
            write_json(file, {"is": value})
        else:
            checkpoint.save(file, {"x": np.full(2, value)}, {"is": value})

    write("old" if kind == "json" else 1)
    before = file.read_bytes()
    full_disk.fill(too_full_to_begin=too_full_to_begin)
    told = rf"cannot write .*a\.{kind}: No space left on device; it was saved as {elsewhere}"
    with pytest.raises(InputError, match=told) as error:
        write("new" if kind == "json" else 2)
    instead = str(error.value).split("saved as ")[1]
    if kind == "json":
        assert checkpoint.read_json(instead) == {"is": "new"}
    else:
        assert checkpoint.load(instead)[1] == {"is": 2}
    assert [p.name for p in folder.iterdir()] == [file.name] and file.read_bytes() == before


def test_a_file_written_within_another_block_is_called_by_its_own_name(tmp_path, full_disk):
    folder, elsewhere = full_disk(tmp_path)
    full_disk.fill()
    told = rf"cannot write .*/full/m\.safetensors: .*; it was saved as {elsewhere}/[^/]*/m\.safetensors$"
    with pytest.raises(InputError, match=told), atomic(folder / "m.safetensors") as temporary:
        checkpoint.save(temporary, {"x": np.ones(2)}, {})
    assert list(folder.iterdir()) == []


def test_where_nothing_has_room_nothing_is_left(tmp_path, full_disk):
    folder, elsewhere = full_disk(tmp_path)
    full_disk.folder = tmp_path  # both lie in it
    full_disk.fill()
    with pytest.raises(InputError, match=r"cannot write .*: No space left on device; choose another place"):
        checkpoint.save(folder / "a.safetensors", {"x": np.ones(2)}, {})
    assert list(folder.iterdir()) == list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("use", [kind_of, read_text, require_writable, checkpoint.load])
@pytest.mark.parametrize(("name", "told"), [("n" * 300, "File name too long"), ("a\0b", "character NUL")])
def test_a_strange_name_is_one_line(tmp_path, use, name, told):
    with pytest.raises(InputError, match=told):
        use(str(tmp_path / name))


@pytest.mark.parametrize("use", [read_text, require_writable])
def test_a_loop_of_links_a_folder_and_a_device_are_no_files(tmp_path, use):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(InputError, match="symbolic links"):
        use(tmp_path / "loop")
    for place in (tmp_path, "/dev/zero"):
        with pytest.raises(InputError, match="it is not a file"):
            use(place)


def test_a_name_that_is_not_utf8_is_written_as_an_escape(tmp_path):
    name = os.fsdecode(b"s\xff.csv")
    write_json(tmp_path / "a.json", {"data": name})
    assert checkpoint.read_json(tmp_path / "a.json") == {"data": name}
