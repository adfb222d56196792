"""The sources of this image, each a package beside this module, imported only when it is used."""

from __future__ import annotations

import importlib
import pkgutil

import connectors
from connectors.base import Connector
from connectors.findings import SourceCheck


def connector_names() -> list[str]:
    """The sources by name; an image need not hold all of them."""
    return [m.name for m in pkgutil.iter_modules(connectors.__path__) if m.ispkg]


def load_connector(name: str) -> type[Connector]:
    """The connector of a source."""
    kind: type[Connector] = importlib.import_module(f"connectors.{name}").CONNECTOR
    return kind


def load_check(name: str) -> type[SourceCheck] | None:
    """What tries the source's key and endpoints; None for a source without."""
    found: type[SourceCheck] | None = getattr(
        importlib.import_module(f"connectors.{name}"), "CHECK", None
    )
    return found
