"""E-mail (contract 2.2, 3.3): one mail for each message that leaves, and mails that arrive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8

from criabot.testing.platform.channels import letter, markup
from criabot.testing.platform.channels.contents import said
from criabot.testing.platform.channels.parts import (
    File,
    Json,
    Outgoing,
    ProviderAnswer,
    ProviderRequest,
    ProviderWebhook,
    Receipt,
    Received,
    Recipient,
)

__all__ = ["accepted", "customer_media", "customer_text", "outgoing_attributes", "receive", "send"]


# -- what leaves ------------------------------------------------------------------------------------------------


def send(message: Outgoing) -> list[ProviderRequest]:
    """One mail with the text as HTML and all files; items are lost.

    Of the conversation it needs ``id``, ``uuid``, ``account_id``, ``inbox_name``, ``additional_attributes`` and
    ``last_mail``: the source id of the customer's last mail, or None.
    """
    email, attributes = message.to.channel["email"], message.content_attributes
    to = attributes.get("to_emails") or [message.to.contact.get("email") or message.to.source_id]
    copies, hidden = attributes.get("cc_emails") or [], attributes.get("bcc_emails") or []
    body = {
        "mail_from": f"<{email}>",
        "rcpt_to": [f"<{address}>" for address in (*to, *copies, *hidden)],
        "parts": _parts(message),
    }
    return [ProviderRequest("smtp", "POST", "mail", _headers(message, to, copies), body)]


def accepted(request: ProviderRequest, answer: ProviderAnswer) -> Receipt:
    """The mail's own id, or what the mail server said against it."""
    if answer.status < 300:
        return Receipt(source_id=request.headers["message-id"].strip("<>"))
    return Receipt(external_error=str(answer.body))


def outgoing_attributes(content: str | None, *, cc: str = "", bcc: str = "", to: str = "") -> Json:
    """What the platform adds to the content attributes of a message in an e-mail inbox (contract 3.4).

    Args:
        content: the message's; None for a private note, too.
        cc: addresses with commas, as posted in ``cc_emails``.
        bcc: as posted in ``bcc_emails``.
        to: as posted in ``to_emails``.
    """
    attributes: Json = {"cc_emails": _addresses(cc), "bcc_emails": _addresses(bcc), "to_emails": _addresses(to)}
    if content:
        html = markup.html(content)
        attributes["email"] = {
            "html_content": {"full": html, "reply": html},
            "text_content": {"full": content, "reply": content},
        }
    return attributes


def _addresses(text: str) -> list[str]:
    return [address for part in text.split(",") if (address := "".join(part.split()))]


def _headers(message: Outgoing, to: Sequence[str], copies: Sequence[str]) -> dict[str, str]:
    talk, email = message.to.conversation, message.to.channel["email"]
    domain = email.rpartition("@")[2]
    name = f"{message.sender_name} from {talk['inbox_name']}"
    answered = talk.get("last_mail") or f"account/{talk['account_id']}/conversation/{talk['uuid']}@{domain}"
    return {
        "from": f"{name} <{email}>",
        "to": ", ".join(to),
        **({"cc": ", ".join(copies)} if copies else {}),
        # A server that takes no mails for conversations has the word "false" where their domain would be.
        "reply-to": f"{name} <reply+{talk['uuid']}@false>",
        "subject": _subject(message),
        "message-id": f"<conversation/{talk['uuid']}/messages/{message.id}@{domain}>",
        "in-reply-to": f"<{answered}>",
        "references": f"<{answered}>",
    }


def _subject(message: Outgoing) -> str:
    talk = message.to.conversation
    subject = talk["additional_attributes"].get("mail_subject")
    return f"[#{talk['id']}] New messages on this conversation" if subject is None else f"Re: {subject}"


def _parts(message: Outgoing) -> list[Json]:
    stored = message.content_attributes.get("email", {}).get("html_content", {}).get("reply")
    html = stored or markup.html(said(message))
    text = html.replace("\n", "\r\n") + ("\r\n" if message.attachments else "")
    return [{"content_type": "text/html", "text": text}, *(_file_part(file) for file in message.attachments)]


def _file_part(file: File) -> Json:
    # Files of ASCII only travel as text, whose line ends become CRLF on the way.
    data = file.data.replace(b"\n", b"\r\n") if file.data.isascii() else file.data
    return {"content_type": file.content_type, "filename": file.name, "size": len(data)}


# -- what arrives -----------------------------------------------------------------------------------------------


def receive(request: ProviderWebhook) -> list[Received]:
    """The mail whose source is the body; holiday replies and bounces count as well (contract 3.9).

    Nothing is known of threads here: `thread` names the mails that this one answers. The platform puts
    ``initiated_at`` into the `conversation` that it opens.
    """
    mail = letter.opened(request.body)
    about = letter.attributes(mail)
    address, name = letter.sender(mail)
    answered = about["in_reply_to"]
    received = Received(
        "message",
        about["message_id"],
        address,
        sender={
            "name": name or address.partition("@")[0],
            "email": address,
            "additional_attributes": {"source_id": f"email:{about['message_id']}"},
        },
        content=(about["text_content"] or about["html_content"]).get("reply"),
        content_type="incoming_email",
        content_attributes={"email": about, "cc_email": about["cc"], "bcc_email": about["bcc"]},
        attachments=letter.files(mail),
        conversation={
            "in_reply_to": answered,
            "source": "email",
            "auto_reply": about["auto_reply"],
            "mail_subject": about["subject"],
        },
        thread=tuple(dict.fromkeys([answered, *about["references"]] if answered else about["references"])),
    )
    return [received]


# -- what the customer does -------------------------------------------------------------------------------------


def customer_text(
    customer: Recipient, text: str, source_id: str, at: float, *, quoting: str | None = None, subject: str = ""
) -> ProviderWebhook:
    """The customer writes a mail; `quoting` is the id of the mail that is answered, without it a thread begins."""
    return _webhook(_mail(customer, text, source_id, at, quoting, subject))


def customer_media(
    customer: Recipient,
    files: Sequence[File],
    source_id: str,
    at: float,
    *,
    text: str = "",
    quoting: str | None = None,
    subject: str = "",
) -> ProviderWebhook:
    """The customer sends a mail with files."""
    mail = _mail(customer, text, source_id, at, quoting, subject)
    for file in files:
        main, _, sub = file.content_type.partition("/")
        mail.add_attachment(file.data, main, sub, filename=file.name)
    return _webhook(mail)


def _mail(customer: Recipient, text: str, source_id: str, at: float, quoting: str | None, subject: str) -> EmailMessage:
    mail = EmailMessage(SMTPUTF8)
    mail["From"] = Address(customer.contact.get("name") or "", addr_spec=customer.source_id)
    mail["To"] = customer.channel["email"]
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{source_id}>"
    mail["Date"] = datetime.fromtimestamp(at, UTC)
    if quoting:
        mail["In-Reply-To"] = mail["References"] = f"<{quoting}>"
    mail.set_content(text)
    return mail


def _webhook(mail: EmailMessage) -> ProviderWebhook:
    return ProviderWebhook("POST", "mail", mail.as_bytes().decode(), "message/rfc822")
