# SPDX-License-Identifier: MIT
"""The shop's tests. They know nothing of covenv, and were not written for it."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

SERVER = Path(__file__).with_name("server.py")


@pytest.fixture(scope="module")
def shop():
    process = subprocess.Popen(
        [sys.executable, str(SERVER)],
        env={"SHOP_CURRENCY": "EUR", "SHOP_DISCOUNT": "10"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    port = int(process.stdout.readline())
    yield f"http://127.0.0.1:{port}"
    process.kill()
    assert process.wait() == -9
    process.stdout.close()


def call(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(url, data), timeout=10) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_health(shop):
    assert call(f"{shop}/health") == (200, {"orders": 0})


def test_quote(shop):
    quote = {"item": "apple", "count": 3, "total": 120, "currency": "EUR"}
    assert call(f"{shop}/quote?item=apple&count=3") == (200, quote)


def test_discount_for_ten(shop):
    assert call(f"{shop}/quote?item=melon&count=10")[1]["total"] == 2880


def test_unknown_item(shop):
    assert call(f"{shop}/quote?item=brick&count=1") == (404, {"error": "no such item: brick"})


@pytest.mark.parametrize("query", ["item=apple", "item=apple&count=many"])
def test_bad_query(shop, query):
    assert call(f"{shop}/quote?{query}")[0] == 400


def test_order(shop):
    lines = [{"item": "apple", "count": 1}, {"item": "pear", "count": 2}]
    status, order = call(f"{shop}/orders", lines)
    assert (status, order["total"]) == (201, 150)
    assert call(f"{shop}/orders/{order['id']}") == (200, order)


@pytest.mark.parametrize(("lines", "status"), [([], 422), ([{"item": "apple", "count": 0}], 422), ([{}], 400)])
def test_bad_order(shop, lines, status):
    assert call(f"{shop}/orders", lines)[0] == status


def test_missing_order(shop):
    assert call(f"{shop}/orders/99")[0] == 404


def test_missing_page(shop):
    assert call(f"{shop}/nowhere")[0] == 404


def test_post_elsewhere(shop):
    assert call(f"{shop}/health", {})[0] == 405
