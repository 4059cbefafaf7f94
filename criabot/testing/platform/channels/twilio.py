"""WhatsApp through Twilio, what arrives (contract 3.3); no traffic shows what it sends, so there is no ``send``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from criabot.testing.platform.channels.contents import file_kind, provider_file
from criabot.testing.platform.channels.parts import File, Json, ProviderWebhook, Received, Recipient
from criabot.testing.platform.channels.sms import international

__all__ = ["customer_ad", "customer_location", "customer_media", "customer_tap", "customer_text", "receive"]

REFERRAL = {
    "source_id": "SourceId",
    "source_type": "SourceType",
    "source_url": "SourceUrl",
    "headline": "Headline",
    "body": "Body",
    "media_id": "MediaId",
    "media_content_type": "MediaContentType",
    "media_url": "MediaUrl",
    "num_media": "NumMedia",
    "ctwa_clid": "CtwaClid",
}


def receive(request: ProviderWebhook) -> list[Received]:
    """The message of a callback, whose body is a form; a button's payload is lost."""
    form: Mapping[str, str] = request.body
    phone = form["From"].removeprefix("whatsapp:")
    received = Received(
        "message",
        form["SmsSid"],
        form["From"],
        sender={"name": form.get("ProfileName") or international(phone), "phone_number": phone},
        content=form.get("Body"),
        content_attributes=_referral(form),
        attachments=(*_files(form), *_place(form)),
    )
    return [received]


def _referral(form: Mapping[str, str]) -> Json:
    if not form.get("ReferralSourceId"):
        return {}
    keys = {key: f"Referral{name}" for key, name in REFERRAL.items()}
    return {"referral": {key: form[name] for key, name in keys.items() if form.get(name)}}


def _files(form: Mapping[str, str]) -> list[File]:
    numbers = range(int(form.get("NumMedia") or 0))
    return [_file(form[f"MediaUrl{n}"], form[f"MediaContentType{n}"]) for n in numbers if form.get(f"MediaUrl{n}")]


def _file(url: str, content_type: str) -> File:
    return replace(provider_file(file_kind(content_type), url), content_type=content_type)


def _place(form: Mapping[str, str]) -> list[File]:
    if form.get("MessageType") != "location":
        return []
    return [File("location", latitude=float(form["Latitude"]), longitude=float(form["Longitude"]))]


def customer_text(customer: Recipient, text: str, source_id: str, at: float) -> ProviderWebhook:
    """The customer writes; this provider does not tell when."""
    return _webhook(customer, text, source_id)


def customer_tap(customer: Recipient, title: str, value: str, source_id: str, at: float) -> ProviderWebhook:
    """The customer taps a button."""
    return _webhook(customer, title, source_id, ButtonText=title, ButtonPayload=value)


def customer_media(
    customer: Recipient, files: Sequence[File], source_id: str, at: float, *, text: str = ""
) -> ProviderWebhook:
    """The customer sends files."""
    media = {"NumMedia": str(len(files))}
    for number, file in enumerate(files):
        media |= {f"MediaUrl{number}": file.url, f"MediaContentType{number}": file.content_type}
    return _webhook(customer, text, source_id, **media)


def customer_location(customer: Recipient, place: File, source_id: str, at: float) -> ProviderWebhook:
    """The customer shares a place."""
    where = {"Latitude": str(place.latitude), "Longitude": str(place.longitude)}
    return _webhook(customer, "", source_id, MessageType="location", **where)


def customer_ad(
    customer: Recipient, text: str, referral: Mapping[str, str], source_id: str, at: float
) -> ProviderWebhook:
    """The customer writes from an ad; `referral` as in ``content_attributes.referral``."""
    return _webhook(customer, text, source_id, **{f"Referral{REFERRAL[key]}": referral[key] for key in referral})


def _webhook(customer: Recipient, text: str, sid: str, **more: str) -> ProviderWebhook:
    form = {
        "SmsSid": sid,
        "AccountSid": customer.channel["account_sid"],
        "From": customer.source_id,
        "To": customer.channel["phone_number"],
        "Body": text,
        "NumMedia": "0",
        "ProfileName": customer.contact.get("name") or "",
        **more,
        "MessageSid": sid,
    }
    return ProviderWebhook("POST", "/twilio/callback", form, "application/x-www-form-urlencoded")
