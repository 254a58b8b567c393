"""camcount cameras, doctor and bench."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from camcount import probe
from camcount.cli import main
from camcount.errors import SourceError
from camcount.sources import devices
from camcount.sources.devices import Device, find_device, list_devices
from camcount.speed import STAGES

CAMERAS = [Device(0, "HD Webcam", "/dev/video0"), Device(2, "HD Webcam Pro", "/dev/video2"), Device(4, "Microscope")]


def node(folder: Path, number: int, name: str, index: int = 0) -> None:
    entry = folder / f"video{number}"
    entry.mkdir()
    (entry / "name").write_text(name + "\n")
    (entry / "index").write_text(f"{index}\n")


def test_cameras_are_listed_as_linux_knows_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for number, name, index in ((10, "Microscope", 0), (0, "HD Webcam", 0), (1, "HD Webcam", 1)):
        node(tmp_path, number, name, index)
    found = list_devices(tmp_path)
    assert [(device.index, device.name, device.path) for device in found] == [
        (0, "HD Webcam", "/dev/video0"), (10, "Microscope", "/dev/video10")
    ]
    assert not any(device.readable for device in found), "these nodes do not exist"


@pytest.mark.parametrize(
    ("wanted", "index"), [("hd webcam", 0), ("Pro", 2), ("micro", 4)], ids=["whole name", "part", "small letters"]
)
def test_a_camera_is_found_by_its_name(wanted: str, index: int) -> None:
    assert find_device(wanted, CAMERAS).index == index


@pytest.mark.parametrize(
    ("wanted", "told"), [("Web", "several cameras"), ("Phone", "no camera is called so.*Microscope")]
)
def test_a_name_that_fits_none_or_several_is_an_error(wanted: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        find_device(wanted, CAMERAS)


def test_cameras_are_printed_and_none_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("camcount.cli.cameras.list_devices", lambda modes=False: CAMERAS)
    assert "2  HD Webcam Pro  /dev/video2\n" in CliRunner().invoke(main, ["cameras"]).stdout
    rows = [json.loads(line) for line in CliRunner().invoke(main, ["cameras", "--json"]).stdout.splitlines()]
    assert [row["index"] for row in rows] == [0, 2, 4]
    monkeypatch.setattr("camcount.cli.cameras.list_devices", lambda modes=False: [])
    result = CliRunner().invoke(main, ["cameras"])
    assert (result.exit_code, result.stdout) == (0, "") and "no camera found" in result.stderr


def test_an_open_camera_that_may_not_be_read_says_how_to_mend_it() -> None:
    from camcount.sources.feeds import _why_not

    assert "usermod -aG video" in _why_not(1, [Device(1, "HD Webcam", "/dev/video1", readable=False)])
    assert _why_not(0, CAMERAS[1:]).endswith("Try: camcount live --camera 2")


def test_modes_are_read_as_the_kernel_lays_them_out(monkeypatch: pytest.MonkeyPatch) -> None:
    import struct

    def answer(path: str, request: int, data: bytearray) -> bytearray | None:
        number = struct.unpack_from("<I", data)[0]
        if request == devices._ENUM_FMT and number == 0:
            data[44:48] = b"MJPG"
        elif request == devices._ENUM_SIZES and number < 2:
            struct.pack_into("<III", data, 8, 1, *((1280, 720), (640, 480))[number])
        elif request == devices._ENUM_RATES and number < 2:
            struct.pack_into("<III", data, 16, 1, 1, (30, 15)[number])
        else:
            return None
        return data

    monkeypatch.setattr(devices, "_ask", answer)
    assert list(devices._modes("/dev/video0")) == ["MJPG 1280x720 30", "MJPG 640x480 30"]


def test_the_doctor_finds_all_well_here() -> None:
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0, result.stdout
    assert result.stdout.endswith("all is well\n")
    topics = "camcount", "opencv-python", "display", "cameras", "video .mp4", "model", "LiteRT, Keras", "one frame"
    for topic in topics:
        assert f"ok     {topic}" in result.stdout


def test_the_doctor_tells_a_fault_and_exits_with_8(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(probe, "shipped_model", lambda: tmp_path / "none.tflite")
    monkeypatch.setattr("camcount.reader.shipped_model", lambda: tmp_path / "none.tflite")
    monkeypatch.setattr("camcount.classify.shipped_model", lambda: tmp_path / "none.tflite")
    result = CliRunner().invoke(main, ["doctor", "--no-cameras", "--json"])
    told = json.loads(result.stdout)
    assert result.exit_code == 8 and told["faults"] == 1
    assert "no such model" in next(f["fault"] for f in told["findings"] if f["topic"] == "model")


def test_bench_times_every_stage_of_a_clip() -> None:
    result = CliRunner().invoke(main, ["bench", "synth:text=407:size=640x480:frames=8", "--frames", "8", "--json"])
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    (timing,) = told["timings"]
    assert set(timing["stages"]) == {*STAGES, "read", "floor"}
    assert all(0 < stage["median_ms"] <= stage["p95_ms"] for stage in timing["stages"].values())
    assert timing["digits"] == 3 and timing["size"] == [640, 480]
    rates = timing["frames_per_second"]
    assert min(rates[name] for name in ("read", "track", "overlay", "record")) > 1
    assert told["peak_memory_mib"] > 50 and told["start_seconds"] > 0.05
    assert min(timing["floor_ratio"], timing["clip_floor_ratio"]) > 0.5


def test_bench_prints_a_table_and_refuses_an_empty_clip(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["bench", "synth:text=407:size=640x480:frames=5", "--frames", "5"])
    assert "milliseconds, median" in result.stdout and "from start to the first frame read" in result.stdout
    assert CliRunner().invoke(main, ["bench", str(tmp_path / "none.mp4")]).exit_code == 3
