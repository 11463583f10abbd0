"""Where the page listens: the address and port, tried before Gradio takes them, so that each kind of trouble gets its own sentence."""

import errno
import ipaddress
import os
import socket

from models.errors import BadInput, shown


def listening(name: str, port: int | None) -> str | None:
    """The address for Gradio's launch(server_name=...): `name` as GRADIO_SERVER_NAME has it, IPv6 in brackets; None for Gradio's own.

    Raises BadInput if the name is no address of this machine, or `port` cannot be had there. `port` None: Gradio looks for a free one.
    """
    host = name.strip().removeprefix("[").removesuffix("]")
    try:
        found = socket.getaddrinfo(host or "127.0.0.1", port or 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise BadInput("GRADIO_SERVER_NAME is an address or a name of this machine, such as 127.0.0.1, 0.0.0.0 or ::, not {name}.",
                       name=shown(name)) from error
    family, kind, protocol, _, address = found[0]
    where = ipaddress.ip_address(address[0].partition("%")[0])
    if where.is_multicast or where == ipaddress.ip_address("255.255.255.255"):       # can be listened at, not asked
        raise _nobodys(name)
    try:
        with socket.socket(family, kind, protocol) as attempt:
            if os.name == "posix":                            # else a page that has just ended would keep its port for a minute
                attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise BadInput("port {port} is taken; set GRADIO_SERVER_PORT to a free port.", port=port) from error
        if error.errno == errno.EACCES:
            raise BadInput("port {port} needs rights that this user has not; set GRADIO_SERVER_PORT to one above 1023.",
                           port=port) from error
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            raise _nobodys(name) from error
        raise BadInput("{name} cannot be listened at ({reason}); set GRADIO_SERVER_NAME or GRADIO_SERVER_PORT to another.",
                       name=shown(name), reason=error.strerror or error) from error
    return f"[{host}]" if family == socket.AF_INET6 else host or None


def _nobodys(name: str) -> BadInput:
    return BadInput("{name} is no address of this machine; set GRADIO_SERVER_NAME to one, or to 0.0.0.0 for all of IPv4, :: of IPv6.",
                    name=shown(name))
