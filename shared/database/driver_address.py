"""The address of a PostgreSQL server as its driver reads it, made from that of SQLAlchemy."""

from sqlalchemy import make_url


def driver_address(url: str) -> str:
    """SQLAlchemy asks for TLS by `ssl`. In an address the driver knows that as `sslmode` only, and takes `ssl` for a
    setting of the session, which the server refuses."""
    address = make_url(url).set(drivername="postgresql")
    if tls := address.query.get("ssl"):
        address = address.difference_update_query(["ssl"]).update_query_dict({"sslmode": tls})
    return address.render_as_string(hide_password=False)
