"""Which addresses of the network a page may be read from."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

Address = IPv4Address | IPv6Address

_HOME_NETWORKS = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_UNIQUE_LOCAL = IPv6Network("fc00::/7")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
# What Python 3.11 does not know, or calls global although no page is there.
_SET_ASIDE_4 = tuple(map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
_SET_ASIDE_6 = tuple(map(IPv6Network, ("2001::/23", "2002::/16", "3fff::/20")))
# Where clouds tell a machine its own secrets, besides 169.254.169.254, which is link-local.
_METADATA = frozenset(map(ip_address, ("100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254")))

_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")


class Refusal(NamedTuple):
    """Why nothing is read from an address."""

    kind: str
    """What the address is, to be said after "which is"."""
    openable: bool
    """Whether FOOTNOTE_ALLOW_PRIVATE_ADDRESSES opens it."""


_THIS_MACHINE = Refusal("this machine itself", openable=True)
_PRIVATE = Refusal("one of a private network", openable=True)
_OF_THE_CLOUD = Refusal("where a cloud keeps a machine's secrets", openable=False)
_NO_PAGES = Refusal("set aside for other uses than pages", openable=False)


def refusal(address: Address) -> Refusal | None:
    """Return why nothing is read from `address`, or None where it is one of the public internet.

    IPv4 addresses inside of IPv6 ones (mapped ones and NAT64) are judged as what they are; the tunnels 6to4 and
    Teredo are refused whole. Stricter than `ip_address(...).is_global`, never less strict.
    """
    if isinstance(address, IPv4Address):
        return _refusal4(address)
    if address.scope_id:
        return Refusal("an address of one cable only", openable=False)
    if inner := _inner(address):
        return _refusal4(inner)
    if address in _METADATA:
        return _OF_THE_CLOUD
    if address.is_loopback:
        return _THIS_MACHINE
    if address in _UNIQUE_LOCAL:
        return _PRIVATE
    if address not in _GLOBAL_UNICAST or any(address in network for network in _SET_ASIDE_6) or not address.is_global:
        return _NO_PAGES
    return None


def address_in(host: str) -> Address | None:
    """Return the address that `host` spells, as browsers and systems read it, or None where it is a name.

    IPv4 in one to four decimal, octal or hexadecimal parts (127.1, 0x7f.1, 2130706433), IPv6 in brackets.
    Raises ValueError where it is meant as an address and is none.
    """
    if host.startswith("[") and host.endswith("]"):
        return IPv6Address(host[1:-1])
    parts = host.lower().split(".")
    if not _NUMBER.fullmatch(parts[-1]):
        return None
    numbers = [_number(part) for part in parts]
    if len(numbers) > 4 or any(number > 255 for number in numbers[:-1]):
        raise ValueError(f"{host} is no address")
    last = 4 - len(numbers)
    if numbers[-1] >= 256 ** (last + 1):
        raise ValueError(f"{host} is no address")
    return IPv4Address(sum(number << 8 * (3 - place) for place, number in enumerate(numbers[:-1])) + numbers[-1])


def _refusal4(address: IPv4Address) -> Refusal | None:
    if address in _METADATA or address.is_link_local:
        return _OF_THE_CLOUD
    if address.is_loopback:
        return _THIS_MACHINE
    if any(address in network for network in _HOME_NETWORKS):
        return _PRIVATE
    set_aside = address.is_multicast or address.is_reserved or any(address in network for network in _SET_ASIDE_4)
    return _NO_PAGES if set_aside or not address.is_global else None


def _inner(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that a packet to `address` would go to, where that can be seen."""
    if address.ipv4_mapped:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None


def _number(part: str) -> int:
    if not _NUMBER.fullmatch(part):
        raise ValueError(f"{part!r} is no number")
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if part.startswith("0") else 10)
