"""IP addresses: whether callbacks and webhooks may go there."""

import ipaddress

#: All that is routed on the IPv6 internet; outside of it are site-local addresses, translated ones
#: and what nobody was given (IANA, IPv6 Address Space).
_UNICAST = ipaddress.IPv6Network("2000::/3")
#: IPv6 addresses whose last 32 bits are an IPv4 address: NAT64 (RFC 6052).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
#: The same under any prefix: ISATAP's interface ids (RFC 5214, 6.1).
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})
#: What this Python does not know yet: documentation (RFC 9637), IETF protocols, 6to4's relays.
_NOBODYS = (
    ipaddress.IPv6Network("3fff::/20"),
    ipaddress.IPv4Network("192.0.0.0/24"),
    ipaddress.IPv4Network("192.88.99.0/24"),
)


def is_forbidden(address: str) -> bool:
    """Whether an IP address is not one of the public internet's; ValueError where it is none.

    Covers loopback, private, link-local (the cloud's metadata service), multicast and reserved
    ranges, and IPv4 addresses inside IPv6 ones (mapped, 6to4, Teredo, NAT64, ISATAP).
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and (inner := _inside(ip)) is not None:
        return _is_not_public(inner)
    return _is_not_public(ip) or (isinstance(ip, ipaddress.IPv6Address) and ip not in _UNICAST)


def _inside(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to."""
    if ip in _NAT64 or (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def _is_not_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    is_nobodys = any(ip.version == each.version and ip in each for each in _NOBODYS)
    return is_nobodys or not ip.is_global or ip.is_multicast
