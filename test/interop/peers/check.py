"""Python's ssl with its strict flag: as a client that proves itself, and as both ends of a handshake
in memory, for it judges nothing else. Questions and answers as in question.h."""

import ssl
import socket
import sys

LIMIT_S = 10


def context(purpose, anchors, revoked="-"):
    made = ssl.create_default_context(purpose, cafile=anchors)
    made.verify_flags |= ssl.VERIFY_X509_STRICT
    made.verify_mode = ssl.CERT_REQUIRED
    if revoked != "-":
        made.load_verify_locations(revoked)
        made.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return made


def shake(port, anchors, chain, key, name):
    client = context(ssl.Purpose.SERVER_AUTH, anchors)
    client.load_cert_chain(chain, key)
    with socket.create_connection(("127.0.0.1", int(port)), LIMIT_S) as plain:
        with client.wrap_socket(plain, server_hostname=name) as connection:
            heard = connection.recv(64)
    if not heard.startswith(b"welcome esp32-001"):
        raise ValueError("not greeted by the server")


def judge(anchors, shown, key, purpose, revoked):
    """Whoever shows the chain trusts everybody; the other end is the judge."""
    is_client = purpose == "client"
    for_judge = ssl.Purpose.CLIENT_AUTH if is_client else ssl.Purpose.SERVER_AUTH
    judging = context(for_judge, anchors, revoked)
    showing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT if is_client else ssl.PROTOCOL_TLS_SERVER)
    showing.check_hostname = judging.check_hostname = False
    showing.verify_mode = ssl.CERT_NONE
    showing.load_cert_chain(shown, key)
    if is_client:
        # A server needs a certificate of its own, and nobody looks at it here.
        judging.load_cert_chain(shown, key)
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        judging.wrap_bio(one, other, server_side=is_client),
        showing.wrap_bio(other, one, server_side=not is_client),
    ]
    done = set()
    for end in ends * 4:
        try:
            end.do_handshake()
            done.add(end)
        except ssl.SSLWantReadError:
            pass
    if ends[0] not in done:
        raise ValueError("the handshake did not end")


def check(verb, port, anchors, chain, key, shown, purpose, name, revoked):
    if verb == "handshake":
        shake(port, anchors, chain, key, name)
    else:
        judge(anchors, shown, key, purpose, revoked)


if len(sys.argv) > 1:
    print(sys.version.split()[0])
    sys.exit()
for line in sys.stdin:
    question, *fields = line.rstrip("\n").split("\t")
    try:
        check(*fields)
        answer = "accepted"
    except (ssl.SSLError, ValueError, OSError) as error:
        answer = " ".join(str(error).split())
    print(f"{question}\t{answer}", flush=True)
