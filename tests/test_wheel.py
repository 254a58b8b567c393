"""The wheel: whole, and at work from another folder without the tree."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("camcount", "models", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy, so that no earlier build in the tree leaks into it."""
    tree = tmp_path_factory.mktemp("tree")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", "out", "."]
    done = subprocess.run(build, cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    (built,) = (tree / "out").glob("camcount-*.whl")
    return Path(shutil.move(built, tmp_path_factory.mktemp("wheel")))


def test_the_wheel_carries_every_package_and_of_the_models_what_runs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "camcount").rglob("*.py")}
    assert sources <= names
    models = {name for name in names if name.startswith("camcount/models/")}
    shipped = "__init__.py", "digits.json", "digits.tflite", "potentials.npz", "touching.tflite"
    assert models == {f"camcount/models/{name}" for name in shipped}
    assert "camcount/py.typed" in names


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment of its own, which borrows the dependencies but not the tree.

    Gives the folder of its programs. A folder named in a .pth file is searched, but the .pth files in it are not
    obeyed: so an editable installation of the tree beside the dependencies stays out of sight.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    python = str(scripts / "python")
    site = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True)
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    Path(site.strip(), "borrowed.pth").write_text("\n".join(borrowed), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    return scripts


def away_from_the_tree(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CAMCOUNT"))}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_wheel_reads_a_sample_from_any_folder(programs: Path, tmp_path: Path) -> None:
    sample = sorted((ROOT / "samples").glob("*.jpg"))[0]
    wanted = "\n".join(json.loads(sample.with_suffix(".json").read_text(encoding="utf-8"))["lines"])
    shutil.copy(sample, tmp_path)
    done = away_from_the_tree([str(programs / "camcount"), "image", sample.name], tmp_path)
    assert (done.stdout.strip(), done.stderr, done.returncode) == (wanted, "", 0)


def test_what_runs_is_the_wheel_not_the_tree(programs: Path, tmp_path: Path) -> None:
    code = "import camcount, importlib.resources as r; print(camcount.__file__, r.files('camcount.models'))"
    done = away_from_the_tree([str(programs / "python"), "-c", code], tmp_path)
    assert done.returncode == 0, done.stderr
    assert str(programs.parent) in done.stdout
    assert str(ROOT) not in done.stdout


def test_the_wheel_brings_the_page(programs: Path, tmp_path: Path) -> None:
    code = "import importlib.resources as r; print((r.files('camcount.web') / 'static' / 'index.html').is_file())"
    done = away_from_the_tree([str(programs / "python"), "-c", code], tmp_path)
    assert done.stdout == "True\n", done.stderr


def test_an_installed_wheel_tells_its_version(programs: Path, tmp_path: Path) -> None:
    done = away_from_the_tree([str(programs / "camcount"), "--version"], tmp_path)
    assert done.stdout.split()[-1] == version("camcount")
