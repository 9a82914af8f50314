"""What the endpoints of imports share, put on `app.state` beside the desk of ingest."""

from typing import Annotated

from fastapi import Depends, Request

from services.ingest.imports.upload import UploadDesk


async def _uploads(request: Request) -> UploadDesk:
    uploads: UploadDesk = request.app.state.uploads
    return uploads


Uploads = Annotated[UploadDesk, Depends(_uploads)]
