"""Is a request that no page makes refused, and does every answer carry the headers that guard a browser?"""

import json
import re
import socket

import pytest

from explorer import JSON, Client, asked, served
from torusync._limits import ASKED_BYTES, DROPPED_BYTES
from torusync.explore.app import HEADERS, POLICY, App
from torusync.explore.pages import SCRIPTS, page_files

ASK = Client()
POINT = {"model": "spin_one", "values": {"gain": 1.0, "damping": 2.0, "drive": 0.3}}
BYTES = "application/octet-stream"


def guarded(headers):
    told = {name.lower(): value for name, value in headers.items()}
    for name, value in HEADERS:
        assert told[name.lower()] == value
    assert "set-cookie" not in told
    assert "server" not in told
    assert "access-control-allow-origin" not in told


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", None, {200, 404}),
        ("GET", "/api/catalogue", None, {200}),
        ("POST", "/api/point", POINT, {200}),
        ("POST", "/api/point", {"model": "spin_one"}, {400}),
        ("GET", "/api/nothing", None, {404}),
        ("GET", "/nothing", None, {404}),
        ("GET", "/api/job/nothing", None, {404}),
        ("DELETE", "/api/job/nothing", None, {404}),
        ("DELETE", "/api/catalogue", None, {405}),
        ("POST", "/", None, {405}),
        ("TRACE", "/", None, {405}),
        ("GET", "/api/point", None, {405}),
        ("PUT", "/api/job", POINT, {405}),
        ("POST", "/api/job/x", POINT, {405}),
    ],
)
def test_every_answer_is_guarded(method, path, body, status):
    reply = ASK(method, path, body)
    assert reply.status in status
    guarded(reply.headers)
    assert reply.headers["Content-Length"] == str(len(reply.body))
    if reply.status >= 400:
        assert reply.sentence.endswith(".")
    assert (reply.status == 405) == ("Allow" in reply.headers)


def test_scripts_styles_and_connections_are_our_own_alone():
    rules = dict(one.strip().split(" ", 1) for one in POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


OWN = [
    "127.0.0.1:8642", "127.0.0.1", "localhost:1", "LOCALHOST:8642", "localhost.", "[::1]:8642", "[::1]", "127.8.9.1",
]  # fmt: skip
FOREIGN = [
    "evil.com", "evil.com:8642", "127.0.0.1.evil.com", "localhost.evil.com", "", " ", "10.0.0.1", "[fe80::1]",
    "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:", "127.0.0.1:x", "user@127.0.0.1", "127.0.0.1/", "[::1", "::1",
    "localhost,evil.com", "2130706433", "0x7f.1", "127.0.0.1:8642:8642", "lоcalhost", "localhost\x00", "[127.0.0.1]",
]  # fmt: skip


@pytest.mark.parametrize("host", OWN)
def test_the_server_answers_to_its_own_names(host):
    assert ASK("GET", "/api/catalogue", HTTP_HOST=host).status == 200


@pytest.mark.parametrize("host", [*FOREIGN, None])
def test_the_server_answers_to_no_other_name(host):
    for path in ("/", "/api/catalogue"):
        reply = ASK("GET", path, HTTP_HOST=host)
        assert reply.status == 421
        guarded(reply.headers)


def test_bound_elsewhere_it_answers_to_addresses_and_to_that_name():
    ask = Client(App(loopback=False, host="lab.example"))
    for host in ("lab.example:80", "192.168.1.5:8642", "[fe80::1]", "localhost", "127.0.0.1", socket.gethostname()):
        assert ask("GET", "/api/catalogue", HTTP_HOST=host).status == 200, host
    for host in ("evil.com", "192.168.1.5.evil.com", None):
        assert ask("GET", "/api/catalogue", HTTP_HOST=host).status == 421


@pytest.mark.parametrize(
    ("entries", "status"),
    [
        ({"HTTP_SEC_FETCH_SITE": "same-origin"}, 200),
        ({"HTTP_SEC_FETCH_SITE": "none"}, 200),
        ({"HTTP_ORIGIN": "http://127.0.0.1:8642"}, 200),
        ({"HTTP_SEC_FETCH_SITE": "cross-site"}, 403),
        ({"HTTP_SEC_FETCH_SITE": "same-site"}, 403),
        ({"HTTP_ORIGIN": "http://evil.com"}, 403),
        ({"HTTP_ORIGIN": "http://127.0.0.1:9999"}, 403),
        ({"HTTP_ORIGIN": "null"}, 403),
        ({"HTTP_ORIGIN": "http://[bad"}, 403),
        ({"CONTENT_TYPE": "text/plain"}, 415),
        ({"CONTENT_TYPE": ""}, 415),
        ({"CONTENT_TYPE": "application/json; charset=utf-8"}, 200),
    ],
)
def test_other_sites_cannot_let_it_compute(entries, status):
    reply = ASK("POST", "/api/point", POINT, **entries)
    assert reply.status == status
    guarded(reply.headers)


def test_a_link_from_elsewhere_opens_the_page():
    assert ASK("GET", "/", HTTP_SEC_FETCH_SITE="cross-site").status != 403
    assert ASK("GET", "/api/catalogue", HTTP_SEC_FETCH_SITE="cross-site").status == 403


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"nonsense", b"[]", b"5", b"null", b"\xff\xfe", b'{"model": NaN}', b'{"model": Infinity}',
        b'{"a":' * 100_000, b'{"a":' * 9 + b"1" + b"}" * 9, b"[" * 5_000, b'{"model": ' + b"9" * 5_000 + b"}",
    ],
)  # fmt: skip
def test_a_body_that_is_no_question_is_refused(raw):
    reply = ASK("POST", "/api/point", raw)
    assert reply.status in {400, 413}
    guarded(reply.headers)


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (None, 411),
        ("", 411),
        ("-1", 411),
        ("x", 411),
        ("1" * 30, 413),
        (str(ASKED_BYTES + 1), 413),
        ("²", 411),
        ("9", 400),
    ],
)
def test_the_length_of_a_body_must_be_told_and_fair(length, status):
    assert ASK("POST", "/api/point", b"{}", CONTENT_LENGTH=length).status == status


def test_a_question_may_be_as_long_as_a_row_of_levels():
    row = [0.123456789012345678] * 300
    body = {"model": "maser", "values": {"drive": {"re": row, "im": row}, "n_hot": row, "splittings": row}}
    assert len(json.dumps(body)) < ASKED_BYTES


WALKS = [
    "/page/../app.py", "/page/..%2fapp.py", "/page/views/../../app.py", "/page//etc/passwd", "/etc/passwd",
    "//etc/passwd",
    "/page/", "/page/views", "/page/.hidden", "/page/index.html/", "/page/index.html\x00.js", "/page\\..\\app.py",
    "/page/INDEX.HTML", "/plotly.js/../app.py", "/api/../page", "/api/job/../../etc/passwd",
    "/page/views/../index.html",
]  # fmt: skip


@pytest.mark.parametrize("path", WALKS)
def test_no_path_leads_out_of_the_page(path):
    assert ASK("GET", path).status == 404


def test_files_of_the_page_are_served_by_their_kind():
    kinds = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "json": JSON}
    for path, place in page_files().items():
        reply = ASK("GET", path)
        assert reply.status == 200
        if path not in SCRIPTS:  # which are joined from all of them
            assert reply.body == place.read_bytes()
        assert reply.headers["Content-Type"].startswith(kinds[place.suffix[1:]])
        assert ASK("HEAD", path).body == b""
    plot = ASK("GET", "/plotly.js", HTTP_ACCEPT_ENCODING="gzip")
    assert plot.status == 200
    assert len(plot.body) < 2_000_000 < int(ASK("HEAD", "/plotly.js").headers["Content-Length"])


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("GZIP", True),
        ("", False),
        ("gzip;q=0", False),
        ("br", False),
        ("gzip;q=0.0", False),
    ],
)
def test_answers_are_packed_for_those_who_take_it(accepted, packed):
    reply = ASK("GET", "/api/catalogue", HTTP_ACCEPT_ENCODING=accepted)
    assert (reply.headers.get("Content-Encoding") == "gzip") is packed
    assert reply.content == ASK("GET", "/api/catalogue").content
    assert reply.headers["Vary"] == "Accept-Encoding"


def test_a_file_must_be_sent_as_bytes_with_a_name():
    assert ASK("POST", "/api/drop?name=a.npy", b"x").status == 415
    assert ASK("POST", "/api/drop", b"x", CONTENT_TYPE=BYTES).status == 400
    length = str(DROPPED_BYTES + 1)
    assert ASK("POST", "/api/drop?name=a.npy", b"x", CONTENT_TYPE=BYTES, CONTENT_LENGTH=length).status == 413
    assert ASK("GET", "/api/drop?name=a.npy").status == 405


def raw(explorer, content):
    """Return what a server answers to bytes."""
    with socket.create_connection(("127.0.0.1", explorer.port), timeout=10.0) as connection:
        connection.sendall(content)
        found = b""
        while piece := connection.recv(65536):
            found += piece
        return found.decode("latin-1")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 421),
        (b"GET / HTTP/1.0\r\n\r\n", 421),
        (b"GET http://evil.com/ HTTP/1.1\r\nHost: evil.com\r\nConnection: close\r\n\r\n", 421),
        (b"POST /api/point HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"POST /api/point HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: nonsense\r\n\r\n", 501),
    ],
)
def test_bytes_that_are_no_request_are_refused_in_our_headers(server, content, status):
    found = raw(server, content)
    head, _, body = found.partition("\r\n\r\n")
    lines = head.split("\r\n")
    assert int(lines[0].split()[1]) == status, lines[0]
    guarded(dict(line.split(": ", 1) for line in lines[1:]))
    assert json.loads(body)["error"]["sentence"].endswith(".")
    assert not re.search(r"Traceback|File \"", body)


def test_an_address_that_is_too_long_is_told_in_a_sentence(server):
    """Who followed it sees this answer alone, and no page to say it; a shorter one is told by the page."""
    start = b"GET /?p.drive="
    assert asked(server, "GET", "/?p.drive=" + "1" * 60_000).status == 200
    found = raw(server, start + b"1" * (2**16 - len(start)))  # no byte more: what is unread resets a connection
    head, _, body = found.partition("\r\n\r\n")
    lines = head.split("\r\n")
    assert lines[0].split()[1] == "431"
    headers = dict(line.split(": ", 1) for line in lines[1:])
    guarded(headers)
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert body.startswith("The address of a page must be short")
    assert body.endswith("follows the question mark.\n")


@pytest.fixture(scope="module")
def server():
    with served() as explorer:
        yield explorer


def test_a_socket_and_the_application_say_the_same(server):
    told = asked(server, "POST", "/api/point", POINT)
    assert told.status == 200
    guarded(told.headers)
    assert told.content == ASK("POST", "/api/point", POINT).content
    assert asked(server, "GET", "/api/catalogue", Host="evil.com").status == 421
