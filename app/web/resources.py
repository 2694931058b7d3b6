"""The resources of a version as flask-smorest makes a document of them: an Api, with a blueprint.

In charge of registering what `app.describe` says, in an application that serves nobody. Nothing of flask-smorest or
marshmallow runs in a request for a resource, nor at the start: two thousand resources take it seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from flask.views import MethodView
from flask_smorest import Api, Blueprint  # type: ignore[import-untyped]  # it has no types
from marshmallow import Schema
from werkzeug.routing import Rule

from app.describe import Description, Operation, Problem, describe, stated
from app.plan.model import Plan, Version

OPENAPI = "3.1.1"


class VersionApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """One version's Api. How errors are answered is the factory's business, the same for all versions."""

    ERROR_SCHEMA = Problem
    DEFAULT_ERROR_RESPONSE_NAME = None  # every response is described; there is no default one

    def _register_pagination_header(self) -> None:
        """Leave flask-smorest's `X-Pagination` out of the document: lists have pages of their own."""


def register(app: Flask, plan: Plan, version: Version) -> tuple[VersionApi, Description]:
    """Register every resource of a version."""
    description = describe(plan, version)
    prefix = version.name.upper()
    app.config[f"{prefix}_API_TITLE"] = plan.title
    app.config[f"{prefix}_API_VERSION"] = version.name
    app.config[f"{prefix}_OPENAPI_VERSION"] = OPENAPI
    api = VersionApi(app, config_prefix=prefix, spec_kwargs={"marshmallow_plugin": _plugin()})
    api.ma_plugin.converter.add_attribute_function(stated)
    _components(api, description)
    api.register_blueprint(_blueprint(version, description))
    return api, description


class _Path(Rule):
    """A path that nobody asks for and no address is built of: werkzeug would compile two functions for each."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002  # werkzeug's
        del append_unknown
        return _not_built


def _not_built(*_: object) -> tuple[str, str]:
    """What would build an address of a path's parts."""
    raise LookupError("a path that is described has no address to build")


class Nobody(Flask):
    """An application that serves nobody: what there is in it is described."""

    url_rule_class = _Path


def _plugin() -> MarshmallowPlugin:
    """Schemas are called what `app.describe` calls them; apispec would take a `Schema` off the end of a name."""
    return MarshmallowPlugin(schema_name_resolver=lambda schema: schema_class(schema).__name__)


def schema_class(schema: type[Schema] | Schema) -> type[Schema]:
    """The class of a schema that apispec meets as a class or as an instance."""
    return schema if isinstance(schema, type) else type(schema)


def _components(api: VersionApi, description: Description) -> None:
    components = api.spec.components
    for name, header in description.headers.items():
        components.header(name, header)
    for name, parameter in description.parameters.items():
        components.parameter(name, parameter["in"], parameter)
    for name, response in description.responses.items():
        components.response(name, response)
    for name, scheme in description.security.items():
        components.security_scheme(name, scheme)


def _blueprint(version: Version, description: Description) -> Blueprint:
    """One for all resources: with each blueprint that is registered, werkzeug would sort all rules anew."""
    blueprint = Blueprint(version.name, __name__, url_prefix=f"/{version.name}")
    for name, operations in description.operations.items():
        for endpoint, operation in zip(("list", "item"), operations, strict=True):
            blueprint.add_url_rule(
                _rule(operation.path),
                f"{name}-{endpoint}",
                _view(blueprint, operation),
                parameters=operation.path_parameters,
                tags=[name],
            )
    return blueprint


def _rule(path: str) -> str:
    """`/orders/{number}` as Flask writes it. A part of a key may hold slashes once it is decoded."""
    return re.sub(r"\{(\w+)\}", r"<path:\1>", path)


def _view(blueprint: Blueprint, operation: Operation) -> type[MethodView]:
    @blueprint.doc(**operation.operation)  # type: ignore[untyped-decorator]  # flask-smorest has no types
    def get(self: MethodView, **key: str) -> None:
        del self, key  # the pipeline answers: this one is described alone

    name = operation.operation["operationId"]
    made_once = {"init_every_request": False, "provide_automatic_options": False}  # OPTIONS is the pipeline's, too
    return type(name, (MethodView,), {"get": get, **made_once})
