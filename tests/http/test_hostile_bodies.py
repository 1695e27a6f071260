"""Bodies that are made to take much memory or time: each is refused before it does."""

import base64
import json
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.errors import InvalidBase64, InvalidJson
from functions.domain.limits import MAX_JSON
from functions.web import forms, json_body, upload_request
from functions.web.forms import parse_urlencoded
from functions.web.json_body import parse_json
from functions.web.problems import attempt
from functions.web.upload_request import decode_base64
from tests.harness import ALICE, Service
from tests.photos import jpeg, photo
from tools.bench.hostile import BODIES, JSON, TEXTS, marks, with_text


@pytest.mark.parametrize("case", BODIES)
def test_a_large_body_is_refused_with_a_sentence(service: Service, case: str) -> None:
    content_type, make, status, code = BODIES[case]
    response = service.request("POST", "/upload", key=ALICE, data=make(), content_type=content_type)
    problem = response.get_json()
    problem = problem.get("images", [problem])[0]
    assert (response.status_code, problem["code"]) == (status, code), response.text[:1_000]
    assert problem["detail"].endswith((".", "…"))
    assert not service.entries()


@pytest.mark.parametrize("field", ["caption", "album", "tags", "filename", "mood"])
@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_bounded_before_it_is_processed(service: Service, field: str, text: str) -> None:
    body = with_text(field, TEXTS[text](), jpeg(photo(64, 48)))
    response = service.request("POST", "/upload", key=ALICE, data=body, content_type=JSON)
    assert response.status_code == 400
    assert response.get_json()["code"] in {"invalid_field", "invalid_filename"}


def test_a_query_and_a_change_are_bounded_too(service: Service) -> None:
    image_id = service.upload(jpeg(photo(64, 48))).get_json()["id"]
    assert service.get(f"/list?album={quote(marks()[:2_000])}").status_code == 400
    for path, method in ((f"/update/{image_id}", "PATCH"), ("/upload/tickets", "POST"), ("/upload/check", "POST")):
        response = service.request(method, path, key=ALICE, json={"caption": "a" * MAX_JSON})
        assert (response.status_code, response.get_json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("count", [1, 99])
def test_a_hundred_images_of_any_size_are_accepted(service: Service, count: int) -> None:
    images = [base64.b64encode(jpeg(photo(64, 48, seed=seed))).decode() for seed in range(count)]
    response = service.request("POST", "/upload", key=ALICE, json={"images": images, "caption": "c" * 2_000})
    assert {each["status"] for each in response.get_json()["images"]} == {201}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
long_texts = st.text(st.sampled_from('a\\"\u00e9\n/'), min_size=1_000, max_size=1_100)


@given(json_values | st.lists(long_texts | json_values, max_size=4), st.booleans())
def test_any_json_is_read_as_the_standard_library_reads_it(value: Any, ascii_only: bool) -> None:  # noqa: FBT001
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=40), st.sampled_from([b"", b'"' + b"x" * 1_100 + b'"']), st.binary(max_size=40))
def test_what_the_standard_library_refuses_is_refused(before: bytes, text: bytes, after: bytes) -> None:
    body = before + text + after
    try:
        expected = json.loads(body.decode("utf-8-sig"), parse_constant=lambda name: json.loads(name + "!"))
    except (ValueError, RecursionError):
        with pytest.raises(InvalidJson):
            parse_json(body)
    else:
        assert parse_json(body) == expected


@pytest.mark.parametrize("text", ['"', "\\", '\\"', 'a"\\', "é\u2028\0"])
@pytest.mark.parametrize("step", [2, 3, 7])
def test_a_string_is_read_in_steps_of_any_size(step: int, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_body, "_STEP", step)
    digits = f"{text}/+A".encode("ascii", "ignore").decode().replace("\0", "") * 30_000
    assert parse_json(json.dumps({"image": digits}).replace("/", "\\/").encode()) == {"image": digits}
    with pytest.raises(InvalidJson):
        parse_json(b'{"image": "' + b"A" * 70_000 + b'\n"}')
    value = [text * 500, {text: text * 700}, "", text]
    assert parse_json(json.dumps(value).encode()) == value
    for end in (b"", b"\\", b'\\"'):
        with pytest.raises(InvalidJson, match="does not end"):
            parse_json(b'["' + b"x" * 20 + end)


def test_a_long_name_is_read() -> None:
    assert parse_json(b'{"%s" : 1}' % (b"x" * 2_000)) == {"x" * 2_000: 1}


@pytest.mark.parametrize("body", ['{"a":-%s}', '{"a":%s5}', '{"a":5%s}', "{%s}", "%s%s"])
def test_a_long_string_at_a_wrong_place_is_refused(body: str) -> None:
    with pytest.raises(InvalidJson):
        parse_json(body.replace("%s", '"' + "x" * 2_000 + '"').encode())


fields = st.lists(st.tuples(st.text(min_size=1, max_size=9), st.binary(max_size=20)), max_size=5)


escaped = st.lists(st.sampled_from([b"%", b"%4", b"%41", b"%aF", b"+", b"a", b"&", b"="])).map(b"".join)


@given(fields, st.binary(max_size=60) | escaped, st.sampled_from([1, 2, 7, 1_000]))
def test_a_form_is_read_as_the_standard_library_reads_it(
    pairs: list[tuple[str, bytes]], rubbish: bytes, step: int
) -> None:
    for body in (urlencode(pairs).encode(), rubbish):
        with patch.object(forms, "_STEP", step):
            read = [(each.name, each.data) for each in parse_urlencoded(body)]
        expected = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
        assert read == [(decoded(name), value.encode("latin-1")) for name, value in expected]


@given(st.lists(st.sampled_from([b"\r\n--", b"B", b"\r", b"x"])).map(b"".join), st.sampled_from([1, 2, 7, 1_000]))
def test_the_parts_of_a_body_are_found_in_steps_of_any_size(body: bytes, step: int) -> None:
    with patch.object(forms, "_STEP", step):
        for most in (1, 3, 100):
            assert forms._split(body, b"\r\n--B", most) == body.split(b"\r\n--B", most)


@given(st.binary(max_size=30), st.sampled_from([1, 2, 3, 7, 1_000]), st.booleans(), st.integers(0, 40))
def test_base64_is_decoded_in_steps_of_any_size(data: bytes, step: int, padded: bool, place: int) -> None:  # noqa: FBT001
    text = base64.b64encode(data) if padded else base64.urlsafe_b64encode(data).rstrip(b"=")
    place = min(place, len(text.rstrip(b"=")))
    with patch.object(upload_request, "_STEP", step):
        for each in (
            text,
            b"data:image/png;base64," + text,
            text[:place] + b"\r\n" + text[place:],
            b"\n" + text + b" \n",
        ):
            assert decode_base64(each) == data
        spaced = text.replace(b"+", b" ")
        if spaced == spaced.strip():  # spaces at the ends do not belong to the text
            assert decode_base64(spaced) == data
        for wrong in (b"=", b"!", b"\xff", b"A==="):
            if place < len(text.rstrip(b"=")) or wrong[0] not in b"=A":
                with pytest.raises(InvalidBase64):
                    decode_base64(text[:place] + wrong + text[place:])


def decoded(name: str) -> str:
    return name.encode("latin-1").decode("utf-8", "replace")


@pytest.mark.parametrize("field", ["album", "caption", "filename", "taken_at", "tags", "mood"])
def test_a_long_text_that_all_images_share_is_not_kept_for_each(service: Service, field: str) -> None:
    """The errors of a hundred images once kept a hundred copies of the text."""
    text = " \N{GRINNING FACE}" + "a" * 1_000_000 + " "
    body = json.dumps({"images": [""] * 100, field: text}, ensure_ascii=False).encode()
    response = service.request("POST", "/upload", key=ALICE, data=body, content_type=JSON)
    assert response.status_code == 400


def test_an_error_of_one_image_keeps_no_frames() -> None:
    def fail() -> None:
        raise InvalidJson

    error = attempt(fail)
    assert isinstance(error, InvalidJson)
    assert error.__traceback__ is None


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" + "0" * 400 + ".0", "9" * 2_000 + "e1", "9" * 5_000])
@pytest.mark.parametrize("path", ["/upload", "/upload/tickets", "/upload/check", "/inspect"])
def test_a_number_that_is_not_finite_is_refused(service: Service, path: str, number: str) -> None:
    body = f'{{"image": "", "x": {number}}}'
    response = service.request("POST", path, key=ALICE, data=body, content_type=JSON)
    assert (response.status_code, response.get_json()["code"]) == (400, "invalid_json")
    assert f"The number {number[:40]} in the JSON is too large." in response.get_json()["detail"]
