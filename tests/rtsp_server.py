"""An RTSP camera for tests, by GStreamer; Debian's Python runs it: `python3 rtsp_server.py PICTURE.jpg`.

It shows the picture twenty times a second at rtsp://127.0.0.1:PORT/camera, and prints PORT.
"""

from __future__ import annotations

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    f"( multifilesrc location={sys.argv[1]} loop=true caps=image/jpeg,framerate=20/1 ! jpegdec ! videoconvert "
    "! identity sync=true ! jpegenc quality=90 ! rtpjpegpay name=pay0 pt=26 )"
)
factory.set_shared(True)
server.get_mount_points().add_factory("/camera", factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
