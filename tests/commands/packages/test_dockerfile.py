# SPDX-License-Identifier: MIT
"""The Dockerfile of the document builds an image, without Docker, whose suite kills its server: its coverage is kept."""

import re
import shutil

import pytest
from conftest import ROOT
from dockerfile import Image
from root import SHOP

DOCUMENT = ROOT / "wrapper" / "covenv" / "README.md"


@pytest.fixture
def text():
    (found,) = re.findall(r"^```dockerfile\n(.*?)^```$", DOCUMENT.read_text(), re.M | re.S)
    return found


@pytest.fixture
def context(tmp_path, tarball):
    folder = tmp_path / "context"
    shutil.copytree(SHOP, folder / "suite", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(tarball, folder)
    return folder


def percent(log):
    """Of server.py, in the last report of pytest-cov's."""
    return int(re.findall(r"^server\.py .* (\d+)%$", log, re.M)[-1])


def test_the_image_keeps_what_its_suite_kills(text, context, tmp_path):
    image = Image(text, context, tmp_path / "image")
    assert percent(image.log) == 100
    assert percent(image.run("python3 -m pytest --cov=.")) == 0
    variables = dict(line.split("=", 1) for line in image.run("covenv env --format docker").splitlines())
    assert percent(image.run("python3 -m pytest --cov=.", env=variables)) == 100


def test_without_covenv_the_image_loses_it(text, context, tmp_path):
    bare = text.replace("covenv run -- ", "")
    assert bare != text
    assert percent(Image(bare, context, tmp_path / "image").log) == 0
