# SPDX-License-Identifier: MIT
"""A little shop: an HTTP server with business logic, and nothing in it for the sake of coverage."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PRICES = {"apple": 40, "pear": 55, "melon": 320}


class ShopError(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Shop:
    def __init__(self, currency, discount):
        self.currency = currency
        self.discount = discount
        self.orders = []

    def quote(self, item, count):
        if item not in PRICES:
            raise ShopError(404, f"no such item: {item}")
        if count < 1:
            raise ShopError(422, "count must be positive")
        total = PRICES[item] * count
        if count >= 10:
            total -= total * self.discount // 100
        return {"item": item, "count": count, "total": total, "currency": self.currency}

    def order(self, lines):
        if not lines:
            raise ShopError(422, "an order needs lines")
        quotes = [self.quote(line["item"], line["count"]) for line in lines]
        order = {"id": len(self.orders) + 1, "lines": quotes, "total": 0}
        for quote in quotes:
            order["total"] += quote["total"]
        self.orders.append(order)
        return order

    def find(self, number):
        for order in self.orders:
            if order["id"] == number:
                return order
        raise ShopError(404, f"no such order: {number}")


class Handler(BaseHTTPRequestHandler):
    shop = None

    def do_GET(self):
        self.answer(self.read)

    def do_POST(self):
        self.answer(self.write)

    def answer(self, route):
        try:
            status, body = route(urlsplit(self.path))
        except ShopError as error:
            status, body = error.status, {"error": str(error)}
        except (KeyError, ValueError) as error:
            status, body = 400, {"error": repr(error)}
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def read(self, url):
        if url.path == "/health":
            return 200, {"orders": len(self.shop.orders)}
        if url.path == "/quote":
            query = parse_qs(url.query)
            return 200, self.shop.quote(query["item"][0], int(query["count"][0]))
        if url.path.startswith("/orders/"):
            return 200, self.shop.find(int(url.path.rsplit("/", 1)[1]))
        raise ShopError(404, f"no such page: {url.path}")

    def write(self, url):
        if url.path != "/orders":
            raise ShopError(405, "only orders can be posted")
        length = int(self.headers["Content-Length"])
        return 201, self.shop.order(json.loads(self.rfile.read(length)))

    def log_message(self, format, *args):
        pass


def main():
    Handler.shop = Shop(os.environ["SHOP_CURRENCY"], int(os.environ.get("SHOP_DISCOUNT", "0")))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
