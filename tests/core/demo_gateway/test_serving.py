from __future__ import annotations

import socket

from gwtrace_core.demo_gateway.serving import listen


def test_no_token_waits_until_the_one_before_it_is_acknowledged() -> None:
    with (
        listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
