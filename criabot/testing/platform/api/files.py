"""Files: addresses that lead to them, and uploads without a message (contract 3.6)."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from criabot.testing.platform.api.visits import visit
from criabot.testing.platform.attachments import DISK, blob_id, blob_url, disk_url
from criabot.testing.platform.casts import scalar
from criabot.testing.platform.files import by_key, keep, stored
from criabot.testing.platform.http import Call, Refused, Routes
from criabot.testing.platform.signing import read_id, signed_id
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import Json

__all__ = ["routes", "upload_routes", "widget_routes"]

routes = Routes("/rails/active_storage")
upload_routes = Routes("/api/v1/accounts/{account}")
widget_routes = Routes("/api/v1/widget")

UPLOAD = "blob_token"
UPLOAD_SECONDS = 300.0


@routes.get("/blobs/redirect/{signed}/{name}", "open")
@routes.get("/representations/redirect/{signed}/{variation}/{name}", "open")
def redirect(call: Call) -> web.Response:
    """Leads to the file for five minutes; a smaller picture is the picture itself."""
    file = stored(call.world, call.request.match_info["signed"])
    if file is None:
        return _nothing()
    place = disk_url(call.world, file)
    return web.Response(status=302, headers={"Location": place}, content_type="text/html", charset="utf-8")


@routes.get("/disk/{signed}/{name}", "open")
def download(call: Call) -> web.Response:
    """The file."""
    file = by_key(call.world, read_id(call.request.match_info["signed"], DISK, call.core.now))
    if file is None:
        return _nothing()
    shown = f"inline; filename*=UTF-8''{quote(file.name)}"
    return web.Response(body=file.data, content_type=file.content_type, headers={"Content-Disposition": shown})


def _nothing() -> web.Response:
    return web.Response(status=404, content_type="text/html")


@upload_routes.post("/upload")
def upload(call: Call) -> Json:
    """Keep a file for a later message. Of an address nothing is fetched: the simulator has no internet."""
    given = call.files.get("attachment")
    if given:
        file = keep(call.core, given[0].name, given[0].content_type, given[0].data)
        return {"file_url": blob_url(call.world, file), "blob_id": blob_id(file)}
    if call.body.get("external_url"):
        raise Refused(422, {"error": "File type not supported (only images and videos are allowed)"})
    raise Refused(422, {"error": "No file or URL provided"})


@upload_routes.post("/conversations/{conversation}/direct_uploads")
def announce(call: Call) -> Json:
    """A file is about to come: where it is to be put."""
    call.conversation()
    return _announced(call)


@widget_routes.post("/direct_uploads", "open")
def announce_in_widget(call: Call) -> Json:
    """A visitor's file is about to come: where it is to be put."""
    visit(call)
    return _announced(call)


def _announced(call: Call) -> Json:
    given = call.body.get("blob")
    told: Json = given if isinstance(given, dict) else {}
    name, content_type = scalar(told.get("filename")) or "", scalar(told.get("content_type")) or ""
    file = keep(call.core, name, content_type, b"")
    token = signed_id(file.blob_key, UPLOAD, call.core.now + UPLOAD_SECONDS)
    url = f"{call.world.account.attributes['frontend_url']}/rails/active_storage/disk/{token}"
    return {
        "id": call.world.next_id("uploads") - 1,
        "key": file.blob_key,
        "filename": name,
        "content_type": content_type,
        "metadata": {},
        "service_name": "local",
        "byte_size": told.get("byte_size"),
        "checksum": told.get("checksum"),
        "created_at": iso(call.core.now),
        "signed_id": blob_id(file),
        "direct_upload": {"url": url, "headers": {"Content-Type": content_type}},
    }


@routes.patch("/disk/{signed}", "open")
async def put(call: Call) -> web.Response:
    """The announced file itself."""
    file = by_key(call.world, read_id(call.request.match_info["signed"], UPLOAD, call.core.now))
    if file is None:
        return _nothing()
    file.data = await call.request.read()
    return web.Response(status=204)
