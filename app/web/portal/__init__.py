"""The portal: what a developer sees of the gateway. Start page, resources, guides, changes, glossary, problems, reference, search.

In charge of which page is where, and of who may see it. What a page says is made of the plan by the modules of this package; they
know no request. Every page loads nothing from elsewhere, and says nothing of tables, columns or kinds of sources.

    readers      who reads, and what of the versions that reader sees      sign_in    a key, once, where the contract keeps its documents
    papers       rendered once, sent with validators                       site       what stands around every page
    resource     one resource in words         samples    an example that was really fetched
    history      what a version changed        mending    who can mend a problem
    guides       how to do it, in three languages
    search       the index, and a search of it without JavaScript          lineage    where a field lies, for those who may know
"""

from __future__ import annotations

from flask import Blueprint

from app.gateway import Gateway
from app.web.documents import Documents
from app.web.portal import about, documents, entrance, learn
from app.web.portal.documents import DOCS_POLICY, SCALAR
from app.web.portal.papers import PAGE_POLICY, coloured, marked, page
from app.web.portal.readers import Readers
from app.web.portal.site import Site

__all__ = ["DOCS_POLICY", "NAME", "PAGE_POLICY", "SCALAR", "blueprint", "marked", "page"]

NAME = "portal"


def blueprint(gateway: Gateway, made: Documents, readers: Readers | None = None) -> Blueprint:
    """The pages of a gateway. `readers` are who may see them; without it they are the gateway's own."""
    readers = readers or Readers(gateway)
    pages = Blueprint(NAME, __name__)
    pages.add_app_template_filter(marked)
    pages.add_app_template_filter(coloured, "json")
    site = Site(gateway, readers)
    pages.context_processor(lambda: {"site": site.around()})
    about.register(pages, site)
    learn.register(pages, site)
    documents.register(pages, gateway, made)
    entrance.register(pages, gateway, readers)
    readers.guard(pages, entrance.FREE)
    return pages
