"""A model of the bucket: a dictionary, with which the results of every backend are compared."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, multiple, precondition, rule

from functions.domain.errors import Conflict, ObjectNotFound
from functions.domain.ports import Object
from tests.contracts.backends import FreshBucket
from tests.contracts.strategies import keys, texts

NAMES = ("a.png", "a/b", "a/b.png", "b", "é", "\uffee", "🌅")

names = st.sampled_from(NAMES)
metadata = st.dictionaries(keys, texts, max_size=3)
content_types = st.sampled_from(["image/jpeg", "image/webp", "application/octet-stream"])


class BucketMachine(RuleBasedStateMachine):
    """Any sequence of calls has the same effects on the bucket as on a dictionary."""

    seen = Bundle("seen")

    def __init__(self, fresh: FreshBucket, *, enforces_preconditions: bool, first_metageneration: int) -> None:
        super().__init__()
        self.bucket = fresh()()
        self.enforces_preconditions = enforces_preconditions
        self.first_metageneration = first_metageneration
        self.objects: dict[str, tuple[Object, bytes]] = {}
        self.latest = dict.fromkeys(NAMES, 0)

    def teardown(self) -> None:
        self.bucket.close()

    def _generation(self, name: str) -> int:
        return self.objects[name][0].generation if name in self.objects else 0

    def _write(self, name: str, data: bytes, content_type: str, metadata: dict[str, str], generation: int) -> None:
        written = self.bucket.write(name, data, content_type=content_type, metadata=metadata, if_generation=generation)
        assert generation == self._generation(name)
        assert written.generation > self.latest[name]
        assert (written.name, written.size) == (name, len(data))
        assert written.metageneration == self.first_metageneration
        assert (written.content_type, written.metadata) == (content_type, metadata)
        self.latest[name] = written.generation
        self.objects[name] = (written, data)

    @rule(name=names, data=st.binary(max_size=64), content_type=content_types, metadata=metadata)
    def write(self, name: str, data: bytes, content_type: str, metadata: dict[str, str]) -> None:
        self._write(name, data, content_type, metadata, self._generation(name))

    @precondition(lambda self: self.enforces_preconditions)
    @rule(name=names, generation=st.just(0) | st.integers(1, 50))
    def write_on_a_guess(self, name: str, generation: int) -> None:
        try:
            self._write(name, b"guess", "image/png", {}, generation)
        except Conflict:
            assert generation != self._generation(name)

    @rule(target=seen, name=names)
    def stat(self, name: str) -> object:
        found = self.bucket.stat(name)
        assert found == (self.objects[name][0] if name in self.objects else None)
        return multiple() if found is None else found

    @rule(name=names)
    def read(self, name: str) -> None:
        try:
            assert self.bucket.read(name) == self.objects[name]
        except ObjectNotFound:
            assert name not in self.objects

    @rule(name=names, metadata=metadata)
    def describe(self, name: str, metadata: dict[str, str]) -> None:
        if name in self.objects:
            self._describe(self.objects[name][0], metadata)

    @precondition(lambda self: self.enforces_preconditions)
    @rule(seen=seen, metadata=metadata)
    def describe_as_seen(self, seen: Object, metadata: dict[str, str]) -> None:
        current = self.objects[seen.name][0] if seen.name in self.objects else None
        try:
            self._describe(seen, metadata)
        except Conflict:
            assert seen != current
        else:
            assert seen == current

    def _describe(self, seen: Object, metadata: dict[str, str]) -> None:
        changed = self.bucket.set_metadata(seen, metadata)
        assert changed.updated >= seen.updated
        expected = replace(seen, metadata=metadata, metageneration=seen.metageneration + 1, updated=changed.updated)
        assert changed == expected
        self.objects[seen.name] = (changed, self.objects[seen.name][1])

    @rule(name=names)
    def delete(self, name: str) -> None:
        if name in self.objects:
            self.bucket.delete(name, if_generation=self._generation(name))
            del self.objects[name]

    @precondition(lambda self: self.enforces_preconditions)
    @rule(seen=seen)
    def delete_as_seen(self, seen: Object) -> None:
        try:
            self.bucket.delete(seen.name, if_generation=seen.generation)
        except Conflict:
            assert seen.generation != self._generation(seen.name)
        else:
            assert seen.generation == self._generation(seen.name)
            del self.objects[seen.name]

    @rule(prefix=st.sampled_from(["", "a", "a/", "a/b", "é", "z"]), after=st.just("") | names, limit=st.integers(1, 9))
    def list(self, prefix: str, after: str, limit: int) -> None:
        expected = sorted(name for name in self.objects if name.startswith(prefix) and name > after)[:limit]
        found = self.bucket.list(prefix, after=after, limit=limit)
        assert list(found) == [self.objects[name][0] for name in expected]
