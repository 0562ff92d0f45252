"""The secret key of pseudonyms."""

from __future__ import annotations

from trunkline.archive import Archive, copy_archive


def test_the_key_of_an_archive_is_random_and_stays(tmp_path):
    first, second, copy = (f"sqlite:///{tmp_path / name}.db" for name in ("first", "second", "copy"))
    with Archive.open(first) as archive:
        key = archive.masking_key()
        assert len(key) == 32
        assert archive.masking_key() == key
    with Archive.open(first) as archive:
        assert archive.masking_key() == key
    with Archive.open(second) as archive:
        assert archive.masking_key() != key
    copy_archive(first, copy)
    with Archive.open(copy) as archive:
        assert archive.masking_key() == key


def test_a_damaged_key_is_reported_and_not_shown(sqlite_url):
    from sqlalchemy import create_engine

    from trunkline.archive import check_archive

    with Archive.open(sqlite_url) as archive:
        archive.masking_key()
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE masking_key SET secret = 'abcdef0123'")
    engine.dispose()
    wrong = [finding for finding in check_archive(sqlite_url) if not finding.ok]
    assert len(wrong) == 1
    assert "abcdef0123" not in wrong[0].detail
