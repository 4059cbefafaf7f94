"""Calls about contacts, their notes, the search, the server, the profile and the account."""

from __future__ import annotations

from criabot.platform import Upload
from criabot.platform.filters import Condition
from tests.platform.cases import Case

ANA = Condition(attribute_key="name", filter_operator="contains", values=["ana"])
ANA_JSON = {"attribute_key": "name", "filter_operator": "contains", "values": ["ana"], "query_operator": None}
GOLD = Condition(
    attribute_key="plano",
    filter_operator="equal_to",
    values=["ouro"],
    custom_attribute_type="contact_attribute",
    query_operator="AND",
)
GOLD_JSON = {
    "attribute_key": "plano",
    "filter_operator": "equal_to",
    "values": ["ouro"],
    "query_operator": "AND",
    "custom_attribute_type": "contact_attribute",
}
TEXTS = {"name": "Ana", "email": "ana@example.com", "phone_number": "+5581999990000", "identifier": "c-1"}
ADDRESS = {"city": "Olinda"}
OWN = {"plano": "ouro", "n": 1.5, "vip": True}
PICTURE = "https://example.com/ana.png"
EVERYTHING = {
    **TEXTS,
    "blocked": True,
    "avatar_url": PICTURE,
    "additional_attributes": ADDRESS,
    "custom_attributes": OWN,
}

CONTACTS = {
    "contacts.list": [
        Case(lambda c: c.app.contacts.list()),
        Case(
            lambda c: c.app.contacts.list(
                page=2, sort="-last_activity_at", labels=["vip", "lead"], include_contact_inboxes=False
            ),
            query={
                "page": "2",
                "sort": "-last_activity_at",
                "labels": ["vip", "lead"],
                "include_contact_inboxes": "false",
            },
        ),
    ],
    "contacts.active": [
        Case(lambda c: c.app.contacts.active()),
        Case(lambda c: c.app.contacts.active(page=2), query={"page": "2"}),
    ],
    "contacts.search": [
        Case(lambda c: c.app.contacts.search("ana"), query={"q": "ana"}),
        Case(
            lambda c: c.app.contacts.search("+5581", page=2, sort="name"),
            query={"q": "+5581", "page": "2", "sort": "name"},
        ),
        Case(lambda c: c.app.contacts.search(""), query={"q": ""}),
    ],
    "contacts.filter": [
        Case(lambda c: c.app.contacts.filter([ANA]), {"payload": [ANA_JSON]}),
        Case(
            lambda c: c.app.contacts.filter([GOLD, ANA], page=2),
            {"payload": [GOLD_JSON, ANA_JSON]},
            query={"page": "2"},
        ),
    ],
    "contacts.create": [
        Case(lambda c: c.app.contacts.create(name="Ana"), {"name": "Ana"}),
        Case(
            lambda c: c.app.contacts.create(
                name="Ana",
                email="ana@example.com",
                phone_number="+5581999990000",
                identifier="c-1",
                blocked=True,
                avatar_url=PICTURE,
                additional_attributes=ADDRESS,
                custom_attributes=OWN,
                inbox=4,
                source_id="s-1",
            ),
            {**EVERYTHING, "inbox_id": 4, "source_id": "s-1"},
        ),
    ],
    "contacts.show": [Case(lambda c: c.app.contacts.show(26), places=(26,))],
    "contacts.update": [
        Case(lambda c: c.app.contacts.update(26, name="Ana"), {"name": "Ana"}, places=(26,)),
        Case(
            lambda c: c.app.contacts.update(
                26,
                name="Ana",
                email="ana@example.com",
                phone_number="+5581999990000",
                identifier="c-1",
                blocked=True,
                avatar_url=PICTURE,
                additional_attributes=ADDRESS,
                custom_attributes=OWN,
            ),
            EVERYTHING,
            places=(26,),
        ),
        Case(
            lambda c: c.app.contacts.update(26, email=None, phone_number=None, identifier=None),
            {"email": None, "phone_number": None, "identifier": None},
            places=(26,),
        ),
        Case(lambda c: c.app.contacts.set_avatar(26, Upload("a.png", b"\x89PNG", "image/png")), places=(26,)),
    ],
    "contacts.destroy_custom_attributes": [
        Case(
            lambda c: c.app.contacts.destroy_custom_attributes(26, ["cidade"]),
            {"custom_attributes": ["cidade"]},
            places=(26,),
        )
    ],
    "contacts.delete": [Case(lambda c: c.app.contacts.delete(26), places=(26,))],
    "contacts.conversations": [Case(lambda c: c.app.contacts.conversations(26), places=(26,))],
    "contacts.labels": [
        Case(lambda c: c.app.contacts.labels(26), places=(26,)),
        Case(lambda c: c.app.contacts.add_labels(26, ["vip"]), places=(26,)),
        Case(lambda c: c.app.contacts.remove_labels(26, ["vip"]), places=(26,)),
    ],
    "contacts.set_labels": [
        Case(lambda c: c.app.contacts.set_labels(26, ["vip"]), {"labels": ["vip"]}, places=(26,)),
        Case(lambda c: c.app.contacts.set_labels(26, ()), {"labels": []}, places=(26,)),
    ],
    "contacts.contactable_inboxes": [Case(lambda c: c.app.contacts.contactable_inboxes(26), places=(26,))],
    "contacts.create_contact_inbox": [
        Case(lambda c: c.app.contacts.create_contact_inbox(26, 4), {"inbox_id": 4}, places=(26,)),
        Case(
            lambda c: c.app.contacts.create_contact_inbox(26, 4, source_id="s-1"),
            {"inbox_id": 4, "source_id": "s-1"},
            places=(26,),
        ),
    ],
    "contacts.find_by_source_id": [
        Case(lambda c: c.app.contacts.find_by_source_id(4, "s-1"), {"inbox_id": 4, "source_id": "s-1"})
    ],
    "contacts.merge": [Case(lambda c: c.app.contacts.merge(26, 27), {"base_contact_id": 26, "mergee_contact_id": 27})],
    "contacts.import_csv": [Case(lambda c: c.app.contacts.import_csv(b"name,email\nAna,ana@example.com\n"))],
    "contacts.export": [
        Case(lambda c: c.app.contacts.export(), {}),
        Case(
            lambda c: c.app.contacts.export(column_names=["name", "email"], conditions=[ANA], label="vip"),
            {"column_names": ["name", "email"], "payload": [ANA_JSON], "label": "vip"},
        ),
    ],
}

NOTES = {
    "notes.list": [Case(lambda c: c.app.notes.list(26), places=(26,))],
    "notes.create": [
        Case(
            lambda c: c.app.notes.create(26, "cliente **antigo**"),
            {"note": {"content": "cliente **antigo**"}},
            places=(26,),
        )
    ],
    "notes.show": [Case(lambda c: c.app.notes.show(26, 5), places=(26, 5))],
    "notes.update": [Case(lambda c: c.app.notes.update(26, 5, "novo"), {"note": {"content": "novo"}}, places=(26, 5))],
    "notes.delete": [Case(lambda c: c.app.notes.delete(26, 5), places=(26, 5))],
}

SEARCH = {
    "search.all": [
        Case(lambda c: c.app.search.all("ana"), query={"q": "ana"}),
        Case(lambda c: c.app.search.all("ana", page=2), query={"q": "ana", "page": "2"}),
    ],
    "search.messages": [
        Case(lambda c: c.app.search.messages("prazo"), query={"q": "prazo"}),
        Case(
            lambda c: c.app.search.messages(
                "prazo", page=2, sent_by="agent:2", inbox=4, since=1795000000, until=1795600000
            ),
            query={
                "q": "prazo",
                "page": "2",
                "from": "agent:2",
                "inbox_id": "4",
                "since": "1795000000",
                "until": "1795600000",
            },
        ),
    ],
    "search.conversations": [
        Case(lambda c: c.app.search.conversations("ana"), query={"q": "ana"}),
        Case(lambda c: c.app.search.conversations("ana", page=2), query={"q": "ana", "page": "2"}),
    ],
    "search.contacts": [
        Case(lambda c: c.app.search.contacts("ana"), query={"q": "ana"}),
        Case(lambda c: c.app.search.contacts("ana", page=2), query={"q": "ana", "page": "2"}),
    ],
    "search.articles": [
        Case(lambda c: c.app.search.articles("troca"), query={"q": "troca"}),
        Case(lambda c: c.app.search.articles("troca", page=2), query={"q": "troca", "page": "2"}),
    ],
}

ACCOUNT = {
    "server.info": [Case(lambda c: c.app.server.info())],
    "server.health": [Case(lambda c: c.app.server.health())],
    "profile.get": [Case(lambda c: c.app.profile.get())],
    "profile.update": [
        Case(lambda c: c.app.profile.update(display_name="Gus"), {"profile": {"display_name": "Gus"}}),
        Case(
            lambda c: c.app.profile.update(
                name="Gus Agent",
                display_name=None,
                email="gus@example.com",
                message_signature=None,
                phone_number=None,
                ui_settings={"is_contact_sidebar_open": True},
                current_password="the-old-one",
                password="the-new-one",
                password_confirmation="the-new-one",
            ),
            {
                "profile": {
                    "name": "Gus Agent",
                    "display_name": None,
                    "email": "gus@example.com",
                    "message_signature": None,
                    "phone_number": None,
                    "ui_settings": {"is_contact_sidebar_open": True},
                    "current_password": "the-old-one",
                    "password": "the-new-one",
                    "password_confirmation": "the-new-one",
                }
            },
        ),
    ],
    "profile.set_availability": [
        Case(
            lambda c: c.app.profile.set_availability("busy"),
            {"profile": {"account_id": 3, "availability": "busy"}},
        ),
        Case(
            lambda c: c.app.profile.set_availability("offline", account=8),
            {"profile": {"account_id": 8, "availability": "offline"}},
        ),
    ],
    "profile.reset_access_token": [Case(lambda c: c.app.profile.reset_access_token())],
    "account.get": [Case(lambda c: c.app.account.get())],
    "account.update": [
        Case(lambda c: c.app.account.update(locale="pt_BR"), {"locale": "pt_BR"}),
        Case(
            lambda c: c.app.account.update(
                name="Loja Azul",
                domain="example.com",
                support_email="ajuda@example.com",
                auto_resolve_after=1440,
                auto_resolve_message="Até logo!",
                auto_resolve_ignore_waiting=True,
                auto_resolve_label="parado",
                audio_transcriptions=False,
                industry="retail",
                company_size="11-50",
                timezone="America/Recife",
            ),
            {
                "name": "Loja Azul",
                "domain": "example.com",
                "support_email": "ajuda@example.com",
                "auto_resolve_after": 1440,
                "auto_resolve_message": "Até logo!",
                "auto_resolve_ignore_waiting": True,
                "auto_resolve_label": "parado",
                "audio_transcriptions": False,
                "industry": "retail",
                "company_size": "11-50",
                "timezone": "America/Recife",
            },
        ),
        Case(lambda c: c.app.account.update(auto_resolve_after=None), {"auto_resolve_after": None}),
    ],
    "account.audit_logs": [
        Case(lambda c: c.app.account.audit_logs()),
        Case(lambda c: c.app.account.audit_logs(page=2), query={"page": "2"}),
    ],
}

CASES: dict[str, list[Case]] = {**CONTACTS, **NOTES, **SEARCH, **ACCOUNT}
