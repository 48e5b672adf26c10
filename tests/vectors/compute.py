#!/usr/bin/env python3
"""The signature vectors, computed a second time.

For each provider this script holds orders and queries, works out the requests that must be sent for them, and writes
them to `<provider>.json` beside itself. `main.rs` runs the real connectors over the same orders and compares. It writes
the same, in the form of `wit/vectors.md`, to `plugins/<provider>/vectors.json`, which is shipped in the component. The
script was written from the vendors' pages and shares no code with the connectors, so that signer and verifier cannot
share a mistake; it needs Python 3 and nothing else.

    python3 tests/vectors/compute.py            writes the files
    python3 tests/vectors/compute.py --check    compares them with what would be written, and fails on a difference

Before it does either it computes the vectors that the vendors' own clients publish, and stops if one differs. `signed`
in a request is the text that was digested, for a person who looks for the place where two signatures part.
All credentials in here are made up for these vectors.
"""

import base64
import hashlib
import hmac
import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote, quote_plus

HERE = Path(__file__).parent
BEIJING = timezone(timedelta(hours=8))

# Late enough in the day that Beijing is already in the next one, and with milliseconds that must be cut off.
CLOCK = "2026-11-21T17:30:05.999Z"

# Characters that count differently in characters, in UTF-16 units and in bytes: U+20BB7 is 1, 2 and 4 of them.
WIDE = "货\U00020bb7é"
# The same as far as Wangdiantong stores it: a write with a character beyond U+FFFF is refused before it is sent.
STORED = "货é"


# ---- what all providers share --------------------------------------------------------------------------------------


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def unix(text):
    """Whole seconds since 1970."""
    return int(instant(text).timestamp())


def beijing(text):
    return instant(text).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def compact(value):
    """JSON without spaces, non-ASCII as it is, members in the order in which they were given."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def compact_ascii(value):
    """The same with everything beyond ASCII as \\uXXXX, in lower case; beyond U+FFFF as a surrogate pair."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def md5(text):
    return hashlib.md5(text.encode("utf-8")).hexdigest()


def encodings(secret):
    """What must not be found in a request: the secret as it is and as it could be written."""
    data = secret.encode("utf-8")
    found = {
        secret,
        quote(secret, safe=""),
        quote_plus(secret, safe="*"),
        json.dumps(secret)[1:-1],
        data.hex(),
        data.hex().upper(),
    }
    # Inside a longer text that is encoded as a whole, base64 begins in one of three places.
    for offset in range(3):
        for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * offset + data).decode("ascii")
            whole = len(text.rstrip("=")) - (1 if text.endswith("=") else 0)
            found.add(text[{0: 0, 1: 2, 2: 3}[offset] : whole])
    return sorted(found)


def vector(name, account, operation, order, requests, answers, signed_only):
    """One case: what the account is, what is asked of it, what is sent for that and what the provider answers."""
    never_sent = sorted({text for secret in signed_only for text in encodings(account["secrets"][secret])})
    return {
        "name": name,
        "account": account,
        "clock": account.get("clock", CLOCK),
        "operation": operation,
        "order": order,
        "requests": requests,
        "answers": answers,
        "never_sent": never_sent,
    }


# ---- what is shipped in the components -------------------------------------------------------------------------------
#
# There a request is compared byte for byte, so that parameters which may travel in any order have one: the order in
# which this script, or the provider's `on_the_wire`, puts them.


def form(parameters):
    """application/x-www-form-urlencoded."""
    encode = lambda text: quote_plus(text, safe="*").replace("~", "%7E")
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in parameters.items())


def shipped(case, on_the_wire=lambda request: request):
    """A computed vector in the form of `wit/vectors.md`."""

    def request(computed, answer):
        computed = on_the_wire(computed)
        query = f"?{form(computed['query'])}" if computed["query"] else ""
        return {
            "method": "POST",
            "url": computed["url"] + query,
            "headers": {"content-type": computed["content_type"]},
            "body": form(computed["form"]) if "form" in computed else computed["body"],
            "effect": "read" if case["operation"] == "query" else "write",
            "answer": {"status": 200, "headers": {"content-type": "application/json"}, "body": answer},
        }

    return {
        "name": case["name"],
        **({"source": case["account"]["source"]} if "source" in case["account"] else {}),
        **asked(case),
        "requests": [request(computed, answer) for computed, answer in zip(case["requests"], case["answers"])],
    }


def asked(case):
    account = case["account"]
    return {
        "settings": account["settings"],
        "secrets": account["secrets"],
        "clock": case["clock"],
        "operation": case["operation"],
        "order": case["order"],
    }


def another_secret(case, name):
    """The same under another secret: another signature, so another request."""
    vector = {"name": f"{case['name']}, under another {name}", **asked(case), "differs-from": case["name"]}
    return {**vector, "secrets": {**vector["secrets"], name: vector["secrets"][name] + "x"}}


def refused(case, name, path, changed, kind="unsupported"):
    """An order that nothing may be sent for."""
    return {"name": name, **asked(case), "order": {**case["order"], **changed}, "refused": {"class": kind, "path": path}}


# ---- Wangdiantong, flagship edition --------------------------------------------------------------------------------
#
# The common parameters travel in the query, in any order. The body is signed as the bytes that are posted.
# The transfer's page types mode, num and defect as numbers and writes them as texts in its example; the example is
# followed. Edit.createOrder types mode and num as numbers and defect as boolean, and its example writes them so; the
# example's mode 3 is none of the page's table, so 5 stands in its place. The virtual warehouse's page has no example, so its types hold; a decimal is a text, as in all requests.
# A count's defect_mode is 0 for all goods, 1 for sellable ones and 2 for defective ones. Its page requires remarks and
# takes any: where an order has none they are its reference, by which a person finds the document.
# A total is asked for with a query's first page alone: calc_total is 0 where it is not needed.
# The pages of queryWithDetail, queryStockPd and orderSearch say nothing of a page's size; their times are those of the last
# change. VirtualWarehouse.create's page types is_check as Int, and its num as a number.

FLAGSHIP = {
    "settings": {
        "url": "https://wdt.example.com/openapi",
        "sid": "vector-sid",
        "key": "vector-key",
        "salt": "vector salt/&=+",
        "remark-marker": "false",
    },
    "secrets": {"secret": "vector:secret/+&=%"},
}
FLAGSHIP_EPOCH = 1325347200


def flagship_text(secret, parameters):
    signed = {name: value for name, value in parameters.items() if name != "sign"}
    return secret + "".join(name + signed[name] for name in sorted(signed)) + secret


def digits(text, count):
    """Digits of the text's FNV-1a hash of 128 bits, folded once, lower five bits first."""
    value = 0x6C62272E07BB014262B821756295C58D
    for byte in text.encode():
        value = ((value ^ byte) * ((1 << 88) + 0x13B)) % (1 << 128)
    value ^= value >> 64
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[value >> shift & 31] for shift in range(0, 5 * count, 5))


def outer_number(reference):
    """The outside number: the reference, or 20 digits of it where it is longer."""
    return reference if len(reference) <= 20 else digits(reference, 20)


def marker(reference):
    """What stands at the end of a document's remark: ten digits of the order's reference and the application's key."""
    return "SB-" + digits(reference + "\n" + FLAGSHIP["settings"]["key"] + "\nremark-marker", 10)


def flagship_request(method, arguments, paging=None):
    body = compact(arguments)
    settings = FLAGSHIP["settings"]
    common = {
        "sid": settings["sid"],
        "key": settings["key"],
        "salt": settings["salt"],
        "method": method,
        "v": "1.0",
        "timestamp": str(unix(CLOCK) - FLAGSHIP_EPOCH),
        **(paging or {}),
    }
    text = flagship_text(FLAGSHIP["secrets"]["secret"], {**common, "body": body})
    return {
        "url": settings["url"],
        "query": {**common, "sign": md5(text)},
        "content_type": "application/json",
        "body": body,
        "signed": text,
    }


def flagship_page(number, size, calc_total):
    return {"page_size": str(size), "page_no": str(number), "calc_total": str(calc_total)}


def flagship():
    def case(name, operation, order, requests, answers):
        return vector(name, FLAGSHIP, operation, order, requests, answers, ["secret"])

    def creating(name, order, arguments):
        """A transfer by the other of the two methods."""
        create = "wms.stocktransfer.Edit.createOrder"
        account = {**FLAGSHIP, "settings": {**FLAGSHIP["settings"], "transfer-method": create}}
        answer = compact({"status": 0, "data": {"message": "TF202204180004", "status": 0}})
        return vector(name, account, "transfer", order, [flagship_request(create, arguments)], [answer], ["secret"])

    def marking(name, operation, order, requests, answers, **settings):
        """A write with a marker in its remark, or the look-up of one, as accounts have it by default."""
        account = {**FLAGSHIP, "settings": {**FLAGSHIP["settings"], "remark-marker": "true", **settings}}
        return vector(name, account, operation, order, requests, answers, ["secret"])

    def looking(name, operation, order, key, requests, answers):
        """A write whose answer was lost is looked up by the marker: nothing of it is in the request but the times."""
        return marking(name, "resolve", {"operation": operation, "order": order, "key": key}, requests, answers)

    # From five minutes before it was sent to five minutes ahead, for clocks that differ.
    since_sent = {"start_time": "2026-11-22 01:25:05", "end_time": "2026-11-22 01:35:05"}
    first_hundred = flagship_page(0, 100, 1)

    row = {"spec_no": "daj1", "warehouse_no": "daj-wms-wdt", "stock_num": 10, "defect": False}
    defective = {**row, "defect": True}
    other = {**row, "spec_no": "货品 2"}
    condition = {
        "start_time": "2026-11-01 08:00:00",
        "end_time": "2026-11-20 23:59:59",
        "spec_nos": ["daj1", "货品 2"],
        "warehouse_no": "daj-wms-wdt",
    }
    search = "wms.StockSpec.search2"
    transfer = "wms.outer.OuterTransfer.createByApi"
    page_example = {
        "reference": "vector-1",
        "from-warehouse": "daj-wms-wdt",
        "to-warehouse": "lz-002",
        "stage": "approved",
        "granularity": "by-batch",
        "notice": "silent",
        "lines": [{"sku": "daj1", "quantity": "10", "condition": "sellable", "remark": "testDetailRemark"}],
        "remark": "testMainRemark",
        "extras": {"wms_edit": 1},
    }
    made = compact({"status": 0, "data": {"transfer_no": "TF38580"}})
    counted = compact({"status": 0, "data": {"pd_no": "WP202503070003", "8638": "ok"}})
    locked = compact({"status": 0, "data": {"message": "VO202203290031", "status": 0}})
    a_count = {
        "reference": "vector-7",
        "warehouse": "daj-wms-wdt",
        "adjustment": {"count": [{"sku": "daj1", "counted": "8", "condition": "sellable"}]},
    }
    a_lock = {
        "reference": "vector-8",
        "document": "TF38580",
        "reason": {"other": "1"},
        "warehouse": "0423",
        "remark": "促销",
        "lines": [
            {"sku": "daj1", "quantity": "4", "pool": "虚拟仓-1"},
            {"sku": "daj2", "quantity": "0.25", "pool": "虚拟仓-1"},
        ],
    }
    return [
        case(
            "a query of two pages",
            "query",
            {
                "skus": ["daj1", "货品 2"],
                "warehouse": "daj-wms-wdt",
                "changed": {"start": "2026-11-01T00:00:00Z", "end": "2026-11-20T23:59:59+08:00"},
                "page-size": 2,
            },
            # The first page comes first, for its count, and again at the end.
            [
                flagship_request(search, [condition], flagship_page(0, 2, 1)),
                flagship_request(search, [condition], flagship_page(1, 2, 0)),
                flagship_request(search, [condition], flagship_page(0, 2, 1)),
            ],
            [
                compact({"status": 0, "data": {"total_count": 3, "detail_list": [row, defective]}}),
                compact({"status": 0, "data": {"total_count": 3, "detail_list": [other]}}),
                compact({"status": 0, "data": {"total_count": 3, "detail_list": [row, defective]}}),
            ],
        ),
        case(
            "the page's example of a transfer",
            "transfer",
            page_example,
            [
                flagship_request(
                    transfer,
                    [
                        {
                            "create_mode": "2",
                            "from_warehouse_no": "daj-wms-wdt",
                            "to_warehouse_no": "lz-002",
                            "wms_edit": "1",
                            "mode": "2",
                            "remark": "testMainRemark",
                        },
                        [{"spec_no": "daj1", "num": "10", "defect": "0", "remark": "testDetailRemark"}],
                    ],
                )
            ],
            [made],
        ),
        case(
            "a transfer with every field of a line and a remark beyond ASCII",
            "transfer",
            {
                **page_example,
                "stage": "submitted",
                "remark": f'急 "{STORED}" a\\b/c\n&+=',
                "lines": [
                    {
                        "sku": "daj1",
                        "quantity": "0.2500",
                        "condition": "defective",
                        "batch": "批-1",
                        "expiry": "2027-01-31",
                        "remark": STORED,
                    },
                    {"sku": "daj2", "quantity": "12"},
                ],
                "extras": {},
            },
            [
                flagship_request(
                    transfer,
                    [
                        {
                            "create_mode": "1",
                            "from_warehouse_no": "daj-wms-wdt",
                            "to_warehouse_no": "lz-002",
                            "mode": "2",
                            "remark": f'急 "{STORED}" a\\b/c\n&+=',
                        },
                        [
                            {
                                "spec_no": "daj1",
                                "num": "0.2500",
                                "batch_no": "批-1",
                                "expire_date": "2027-01-31 00:00:00",
                                "defect": "1",
                                "remark": STORED,
                            },
                            {"spec_no": "daj2", "num": "12"},
                        ],
                    ],
                )
            ],
            [made],
        ),
        case(
            "an occupation in virtual warehouses",
            "occupy",
            {
                "reference": "vector-2",
                "document": "TF202204180004",
                "reason": "transfer",
                "lines": [
                    {"sku": "daj1", "quantity": "2.5", "pool": "虚拟仓-1", "to-pool": "V2", "priority": 1},
                    {"sku": "daj2", "pool": "V1", "priority": 7},
                ],
            },
            [
                flagship_request(
                    "setting.strategy.VirtualWarehouse.reserveExtractAdd",
                    [
                        {"order_no": "TF202204180004", "order_type": 2},
                        [
                            {
                                "spec_no": "daj1",
                                "vir_warehouse_no": "虚拟仓-1",
                                "to_virwarehouse_no": "V2",
                                "priority": 1,
                                "num": "2.5",
                            },
                            {"spec_no": "daj2", "vir_warehouse_no": "V1", "priority": 7},
                        ],
                    ],
                )
            ],
            [compact({"status": 0, "data": {"data": "策略创建成功"}})],
        ),
        case(
            "a count",
            "adjust",
            {
                "reference": "vector-3",
                "warehouse": "daj-wms-wdt",
                "adjustment": {
                    "count": [
                        {"sku": "daj1", "counted": "8.0000", "condition": "sellable", "remark": "第一排"},
                        {"sku": "daj2", "counted": "0", "condition": "sellable", "remark": STORED},
                    ]
                },
                "remark": "盘点",
            },
            [
                flagship_request(
                    "wms.StockPd.stockSyncByPd",
                    [
                        {"warehouse_no": "daj-wms-wdt", "defect_mode": 1, "remark": "盘点"},
                        [
                            {"spec_no": "daj1", "remark": "第一排", "new_num": "8.0000", "defect": False},
                            {"spec_no": "daj2", "remark": STORED, "new_num": "0", "defect": False},
                        ],
                    ],
                )
            ],
            [counted],
        ),
        case(
            "a count of sellable and defective goods without remarks",
            "adjust",
            {
                "reference": "vector-4",
                "warehouse": "daj-wms-wdt",
                "adjustment": {
                    "count": [
                        {"sku": "daj1", "counted": "8", "condition": "sellable"},
                        {"sku": "daj1", "counted": "1.5", "condition": "defective"},
                    ]
                },
            },
            [
                flagship_request(
                    "wms.StockPd.stockSyncByPd",
                    [
                        {"warehouse_no": "daj-wms-wdt", "defect_mode": 0, "remark": "vector-4"},
                        [
                            {"spec_no": "daj1", "remark": "vector-4", "new_num": "8", "defect": False},
                            {"spec_no": "daj1", "remark": "vector-4", "new_num": "1.5", "defect": True},
                        ],
                    ],
                )
            ],
            [counted],
        ),
        creating(
            "the other method's example of a transfer",
            {
                "reference": "test1111",
                "from-warehouse": "lz",
                "to-warehouse": "jziyy",
                "stage": "approved",
                "lines": [
                    {"sku": "lz11", "quantity": "1", "remark": "test1"},
                    {"sku": "lz12", "quantity": "1", "remark": "test2"},
                ],
            },
            [
                {"outer_no": "test1111", "from_warehouse_no": "lz", "to_warehouse_no": "jziyy", "mode": 5},
                [
                    {"spec_no": "lz11", "num": 1, "remark": "test1"},
                    {"spec_no": "lz12", "num": 1, "remark": "test2"},
                ],
                True,
            ],
        ),
        creating(
            "a transfer by the other method under a reference that is longer than its number",
            {
                "reference": "018f6b1e-7c4a-7d2e-9b3a-5f0c2d1e4a6b",
                "from-warehouse": "W1",
                "to-warehouse": "W2",
                "stage": "approved",
                "lines": [{"sku": "A-1", "quantity": "1"}],
            },
            [
                {
                    "outer_no": outer_number("018f6b1e-7c4a-7d2e-9b3a-5f0c2d1e4a6b"),
                    "from_warehouse_no": "W1",
                    "to_warehouse_no": "W2",
                    "mode": 5,
                },
                [{"spec_no": "A-1", "num": 1}],
                True,
            ],
        ),
        creating(
            "a draft of a transfer by the other method, with all that it can carry",
            {
                "reference": "vector-5",
                "from-warehouse": "daj-wms-wdt",
                "to-warehouse": "lz-002",
                "stage": "draft",
                "granularity": "by-batch",
                "notice": "silent",
                "remark": f'急 "{STORED}" a\\b/c\n&+=',
                "extras": {
                    "mode": 2,
                    "contact": "张三",
                    "telno": "13800000000",
                    "province": "北京",
                    "city": "北京市",
                    "district": "海淀区",
                    "address": f"中关村 1 号 {STORED}",
                },
                "lines": [
                    {
                        "sku": "daj1",
                        "quantity": "0.25",
                        "condition": "defective",
                        "batch": "批-1",
                        "expiry": "2027-01-31",
                        "remark": STORED,
                        "extras": {"from_position_no": "A-1", "to_position_no": "B-2"},
                    },
                    {"sku": "daj2", "quantity": "12", "condition": "sellable"},
                ],
            },
            [
                {
                    "outer_no": "vector-5",
                    "from_warehouse_no": "daj-wms-wdt",
                    "to_warehouse_no": "lz-002",
                    "mode": 2,
                    "remark": f'急 "{STORED}" a\\b/c\n&+=',
                    "contact": "张三",
                    "telno": "13800000000",
                    "province": "北京",
                    "city": "北京市",
                    "district": "海淀区",
                    "address": f"中关村 1 号 {STORED}",
                },
                [
                    {
                        "spec_no": "daj1",
                        "num": 0.25,
                        "from_position_no": "A-1",
                        "to_position_no": "B-2",
                        "batch_no": "批-1",
                        "expire_date": "2027-01-31 00:00:00",
                        "defect": True,
                        "remark": STORED,
                    },
                    {"spec_no": "daj2", "num": 12, "defect": False},
                ],
                False,
            ],
        ),
        marking(
            "the page's example of a transfer, with a marker",
            "transfer",
            page_example,
            [
                flagship_request(
                    transfer,
                    [
                        {
                            "create_mode": "2",
                            "from_warehouse_no": "daj-wms-wdt",
                            "to_warehouse_no": "lz-002",
                            "wms_edit": "1",
                            "mode": "2",
                            "remark": "testMainRemark " + marker("vector-1"),
                        },
                        [{"spec_no": "daj1", "num": "10", "defect": "0", "remark": "testDetailRemark"}],
                    ],
                )
            ],
            [made],
        ),
        marking(
            "a transfer by the other method, with a marker in the place of a remark",
            "transfer",
            {
                "reference": "vector-6",
                "from-warehouse": "lz",
                "to-warehouse": "jziyy",
                "stage": "approved",
                "lines": [{"sku": "lz11", "quantity": "1"}],
            },
            [
                flagship_request(
                    "wms.stocktransfer.Edit.createOrder",
                    [
                        {
                            "outer_no": "vector-6",
                            "from_warehouse_no": "lz",
                            "to_warehouse_no": "jziyy",
                            "mode": 5,
                            "remark": marker("vector-6"),
                        },
                        [{"spec_no": "lz11", "num": 1}],
                        True,
                    ],
                )
            ],
            [compact({"status": 0, "data": {"message": "TF202204180004", "status": 0}})],
            **{"transfer-method": "wms.stocktransfer.Edit.createOrder"},
        ),
        marking(
            "a count, with a marker behind the reference that is its remark",
            "adjust",
            a_count,
            [
                flagship_request(
                    "wms.StockPd.stockSyncByPd",
                    [
                        {
                            "warehouse_no": "daj-wms-wdt",
                            "defect_mode": 1,
                            "remark": "vector-7 " + marker("vector-7"),
                        },
                        [{"spec_no": "daj1", "remark": "vector-7", "new_num": "8", "defect": False}],
                    ],
                )
            ],
            [counted],
        ),
        marking(
            "a lock in a virtual warehouse, with a marker",
            "occupy",
            a_lock,
            [
                flagship_request(
                    "setting.strategy.VirtualWarehouse.create",
                    [
                        {
                            "virtual_warehouse_no": "虚拟仓-1",
                            "order_type": 1,
                            "remark": f"促销 TF38580 {marker('vector-8')}",
                            "is_check": 1,
                        },
                        [
                            {"spec_no": "daj1", "warehouse_no": "0423", "num": 4},
                            {"spec_no": "daj2", "warehouse_no": "0423", "num": 0.25},
                        ],
                    ],
                )
            ],
            [locked],
            **{"occupy-method": "setting.strategy.VirtualWarehouse.create"},
        ),
        marking(
            "a move between virtual warehouses that is not approved, without a marker",
            "occupy",
            {
                "reference": "vector-9",
                "document": "TF38581",
                "reason": {"other": "3"},
                "warehouse": "0423",
                "lines": [{"sku": "daj1", "quantity": "1", "pool": "V1", "to-pool": "V2"}],
                "extras": {"is_check": 0},
            },
            [
                flagship_request(
                    "setting.strategy.VirtualWarehouse.create",
                    [
                        {
                            "virtual_warehouse_no": "V1",
                            "order_type": 3,
                            "to_virtual_warehouse_no": "V2",
                            "remark": "TF38581",
                            "is_check": 0,
                        },
                        [{"spec_no": "daj1", "warehouse_no": "0423", "num": 1}],
                    ],
                )
            ],
            [locked],
            **{"occupy-method": "setting.strategy.VirtualWarehouse.create", "remark-marker": "false"},
        ),
        looking(
            "a look-up of a transfer",
            "transfer",
            page_example,
            marker("vector-1"),
            [flagship_request("wms.stocktransfer.Manage.queryWithDetail", [since_sent], first_hundred)],
            [compact({"status": 0, "data": {"total_count": 0, "order": []}})],
        ),
        looking(
            "a look-up of a count, and of its lines",
            "adjust",
            a_count,
            marker("vector-7"),
            [
                flagship_request("wms.StockPd.queryStockPd", [since_sent], first_hundred),
                flagship_request(
                    "wms.StockPd.queryStockPdDetail", [{"pd_no": "PD1"}], flagship_page(0, 1000, 1)
                ),
            ],
            [
                compact(
                    {
                        "status": 0,
                        "data": {
                            "total_count": 1,
                            "pd_list": [
                                {
                                    "pd_no": "PD1",
                                    "warehouse_no": "daj-wms-wdt",
                                    "status": 40,
                                    "remark": marker("vector-7"),
                                }
                            ],
                        },
                    }
                ),
                compact({"status": 0, "total": 0, "data": []}),
            ],
        ),
        looking(
            "a look-up of a lock",
            "occupy",
            a_lock,
            marker("vector-8"),
            [flagship_request("setting.strategy.VirtualWarehouse.orderSearch", [since_sent], first_hundred)],
            [compact({"status": 0, "data": {"total_count": 0, "order": []}})],
        ),
    ]


# ---- Wangdiantong, enterprise edition ------------------------------------------------------------------------------
#
# One form of common and business parameters, in any order. What is nested is JSON text in one field, in ASCII, so that
# lengths in characters and in bytes agree; elsewhere lengths are counted in characters.
# A count's number and its switch go by two names each: outer_no and is_adjust_stock in the vendor's samples,
# api_outer_no and is_check in what is written about its present page. A request has both.

ENTERPRISE = {
    "settings": {"url": "https://api.example.com/openapi2", "sid": "vector-sid", "appkey": "vector-key"},
    "secrets": {"secret": "vector secret/+&=%"},
}


def enterprise_text(secret, parameters):
    pieces = []
    for name in sorted(parameters):
        value = parameters[name]
        if name != "sign" and value != "":
            pieces.append(f"{len(name):02d}-{name}:{len(value):04d}-{value}")
    return ";".join(pieces) + secret


def enterprise_request(method, business, account=ENTERPRISE):
    settings = account["settings"]
    parameters = {
        "sid": settings["sid"],
        "appkey": settings["appkey"],
        "timestamp": str(unix(account.get("clock", CLOCK))),
        **business,
    }
    text = enterprise_text(account["secrets"]["secret"], parameters)
    return {
        "url": f"{settings['url']}/{method}.php",
        "query": {},
        "content_type": "application/x-www-form-urlencoded",
        "form": {**parameters, "sign": md5(text)},
        "signed": text,
    }


def enterprise():
    def case(name, operation, order, requests, answer, account=ENTERPRISE):
        return vector(name, account, operation, order, requests, [answer], ["secret"])

    none = compact({"code": 0, "stocks": [], "total_count": "0"})
    made = compact({"code": 0, "message": "TF202204180004"})
    # The published vector's account, secret and second.
    published = {
        "settings": {**ENTERPRISE["settings"], "sid": "test2", "appkey": "test2-xx"},
        "secrets": {"secret": "12345"},
        "source": "Wangdiantong's own clients for openapi2, in their description of the signature",
        "clock": "2016-08-01T09:05:10Z",
    }
    transfer = {
        "reference": "vector-5",
        "from-warehouse": "W1",
        "to-warehouse": "W2",
        "stage": "approved",
        "lines": [{"sku": "货号-1", "quantity": "2.5000", "remark": "行"}, {"sku": "A-2", "quantity": "3"}],
        "remark": f"急 {STORED}/&+",
        "extras": {},
    }

    many = [(f"货号-{number}", "长" * 40) for number in range(40)]

    def transfer_info(skus):
        return compact_ascii(
            {
                "outer_no": "vector-5",
                "from_warehouse_no": "W1",
                "to_warehouse_no": "W2",
                "remark": transfer["remark"],
                "autocheck": 1,
                "skus": skus,
            }
        )

    return [
        case(
            "the published vector",
            "query",
            {
                "changed": {"start": "2016-08-01T12:00:00+08:00", "end": "2016-08-01T13:00:00+08:00"},
                "include-deleted": True,
                "page-size": 40,
            },
            [
                enterprise_request(
                    "stock_query_detail",
                    {
                        "start_time": "2016-08-01 12:00:00",
                        "end_time": "2016-08-01 13:00:00",
                        "page_size": "40",
                        "page_no": "0",
                    },
                    published,
                )
            ],
            none,
            published,
        ),
        case(
            "the page's example of a query",
            "query",
            {
                "changed": {"start": "2018-06-03T00:00:00+08:00", "end": "2018-06-21T20:13:41+08:00"},
                "page-size": 40,
            },
            [
                enterprise_request(
                    "stock_query_detail",
                    {
                        "is_deleted": "1",
                        "start_time": "2018-06-03 00:00:00",
                        "end_time": "2018-06-21 20:13:41",
                        "page_size": "40",
                        "page_no": "0",
                    },
                )
            ],
            none,
        ),
        case(
            "a query for an item whose number is beyond ASCII",
            "query",
            {"skus": [f"货号-{WIDE} 1"], "warehouse": "仓-1", "page-size": 100},
            [
                enterprise_request(
                    "stock_query_detail",
                    {
                        "warehouse_no": "仓-1",
                        "spec_no": f"货号-{WIDE} 1",
                        "is_deleted": "1",
                        "page_size": "100",
                        "page_no": "0",
                    },
                )
            ],
            none,
        ),
        case(
            "a transfer with a remark beyond ASCII",
            "transfer",
            transfer,
            [
                enterprise_request(
                    "stock_transfer_push",
                    {
                        "transfer_info": transfer_info(
                            [
                                {"spec_no": "货号-1", "num": "2.5000", "remark": "行"},
                                {"spec_no": "A-2", "num": "3"},
                            ]
                        )
                    },
                )
            ],
            made,
        ),
        case(
            "a transfer whose text has more than 9999 characters",
            "transfer",
            {**transfer, "lines": [{"sku": sku, "quantity": "1", "remark": remark} for sku, remark in many]},
            [
                enterprise_request(
                    "stock_transfer_push",
                    {
                        "transfer_info": transfer_info(
                            [{"spec_no": sku, "num": "1", "remark": remark} for sku, remark in many]
                        )
                    },
                )
            ],
            made,
        ),
        case(
            "a count",
            "adjust",
            {
                "reference": "vector-6",
                "warehouse": "仓-1",
                "adjustment": {"count": [{"sku": "A-2", "counted": "8.0000"}, {"sku": STORED, "counted": "0"}]},
            },
            [
                enterprise_request(
                    "stock_sync_by_pd",
                    {
                        "warehouse_no": "仓-1",
                        "outer_no": "vector-6",
                        "api_outer_no": "vector-6",
                        "is_adjust_stock": "1",
                        "is_check": "1",
                        "goods_list": compact_ascii(
                            [{"spec_no": "A-2", "stock_num": "8.0000"}, {"spec_no": STORED, "stock_num": "0"}]
                        ),
                    },
                )
            ],
            compact({"code": 0, "message": "PD202204180004"}),
        ),
    ]


# ---- Taobao Open Platform ------------------------------------------------------------------------------------------
#
# One form of public and business parameters, in any order. `req_dto` is JSON text, signed as it is sent.

TOP_SECRET = "vector secret/+&=%"
TOP_SESSION = "vector session/+&=%货"


def top_text(parameters):
    return "".join(
        name + parameters[name] for name in sorted(parameters) if name not in ("", "sign") and parameters[name] != ""
    )


def top_sign(method, secret, text):
    if method == "md5":
        return hashlib.md5(secret + text + secret).hexdigest().upper()
    digest = {"hmac": hashlib.md5, "hmac-sha256": hashlib.sha256}[method]
    return hmac.new(secret, text, digest).hexdigest().upper()


def top_account(sign_method, session):
    secrets = {"secret": TOP_SECRET}
    if session:
        secrets["session"] = TOP_SESSION
    return {
        "settings": {
            "url": "https://eco.example.com/router/rest",
            "app_key": "vector-key",
            "sign_method": sign_method,
        },
        "secrets": secrets,
    }


def top_request(account, req_dto):
    settings, secrets = account["settings"], account["secrets"]
    parameters = {
        "method": "taobao.logistics.wms.inventory.imbalance.create",
        "app_key": settings["app_key"],
        "timestamp": beijing(CLOCK),
        "format": "json",
        "v": "2.0",
        "sign_method": settings["sign_method"],
        "req_dto": compact(req_dto),
    }
    if "session" in secrets:
        parameters["session"] = secrets["session"]
    text = top_text(parameters)
    sign = top_sign(settings["sign_method"], secrets["secret"].encode("utf-8"), text.encode("utf-8"))
    wrapped = secrets["secret"] + text + secrets["secret"] if settings["sign_method"] == "md5" else text
    return {
        "url": settings["url"],
        "query": {},
        "content_type": "application/x-www-form-urlencoded;charset=UTF-8",
        "form": {**parameters, "sign": sign},
        "signed": wrapped,
    }


def top():
    page_order = {
        "reference": "1234567890",
        "document": "IM1234",
        "reason": "discrepancy",
        "owner": "AX5886",
        "warehouse": "STA",
        "occurred": "2016-09-09T12:00:00+08:00",
        "lines": [
            {
                "line": "I1234",
                "sku": "I1234",
                "quantity": "12",
                "condition": "sellable",
                "batch": "P1234",
                "lot": "P1234",
                "produced": "2016-09-09",
                "expiry": "2016-09-09",
                "serial": "S1234",
                "provider-item": "CK1234",
                "extras": {"extend_props": {}},
            }
        ],
        "remark": "是\t良转残",
        "extras": {"extend_props": {}},
    }
    page_dto = {
        "owner_code": "AX5886",
        "warehouse_code": "STA",
        "occupy_order_id": "IM1234",
        "adjust_type": "ADJUST",
        "out_biz_code": "1234567890",
        "remark": "是\t良转残",
        "items": [
            {
                "order_line_id": "I1234",
                "item_code": "I1234",
                "item_id": "CK1234",
                "inventory_type": "ZP",
                "lock_quantity": 12,
                "batch_code": "P1234",
                "product_date": "2016-09-09",
                "expire_date": "2016-09-09",
                "produce_code": "P1234",
                "sn_code": "S1234",
                "extend_props": "{}",
            }
        ],
        "extend_props": "{}",
        "operate_time": "2016-09-09 12:00:00",
    }
    bare_order = {
        "reference": "vector-7",
        "document": "IM-2",
        "reason": "discrepancy",
        "owner": "货主-1",
        "warehouse": "STA",
        "occurred": "2026-11-21T17:29:59Z",
        "lines": [
            {"line": "1", "sku": WIDE, "quantity": "1", "condition": "defective"},
            {"line": "2", "sku": "B/2", "quantity": "2.000", "condition": {"other": "LQC"}},
        ],
        "remark": f'"{WIDE}" a\\b/c &+=%',
    }
    bare_dto = {
        "owner_code": "货主-1",
        "warehouse_code": "STA",
        "occupy_order_id": "IM-2",
        "adjust_type": "ADJUST",
        "out_biz_code": "vector-7",
        "remark": f'"{WIDE}" a\\b/c &+=%',
        "items": [
            {"order_line_id": "1", "item_code": WIDE, "inventory_type": "CC", "lock_quantity": 1},
            {"order_line_id": "2", "item_code": "B/2", "inventory_type": "LQC", "lock_quantity": 2},
        ],
        "operate_time": "2026-11-22 01:29:59",
    }
    answer = compact(
        {
            "logistics_wms_inventory_imbalance_create_response": {
                "spi_result": {"success": True},
                "request_id": "vector-request",
            }
        }
    )
    cases = []
    for title, order, dto in [
        ("the page's example", page_order, page_dto),
        ("an occupation without optional fields and beyond ASCII", bare_order, bare_dto),
    ]:
        for sign_method in ["md5", "hmac", "hmac-sha256"]:
            for session in [True, False]:
                account = top_account(sign_method, session)
                name = f"{title}, {sign_method}, {'with' if session else 'without'} a session"
                requests = [top_request(account, dto)]
                cases.append(vector(name, account, "occupy", order, requests, [answer], ["secret"]))
    return cases


# ---- Winit ---------------------------------------------------------------------------------------------------------
#
# One JSON envelope, in any order and spacing; `data` in it is canonical, signed as it is sent. The page names the
# format json and the character set UTF-8. Pages are counted in numbers; clients send them as numbers and as texts.

WINIT_SETTINGS = {
    "url": "https://openapi.example.com/openapi/service",
    "app_key": "rebecca",
    "product-code-unpack": "OSF611005741",
    "product-code-change-owner": "OSF641006365",
    "product-code-relabel": "OSF651006365",
}
WINIT_TOKEN = "vector token/+&=%"
WINIT_CLIENT_SECRET = "vector client secret/+&=%货"


def winit_account(with_client):
    settings, secrets = dict(WINIT_SETTINGS), {"token": WINIT_TOKEN}
    if with_client:
        settings["client_id"] = "vector-client"
        settings["platform"] = "VECTOR"
        secrets["client_secret"] = WINIT_CLIENT_SECRET
    return {"settings": settings, "secrets": secrets}


def canonical(value):
    """Compact, members sorted at every level, members that are null left out."""
    if isinstance(value, dict):
        kept = sorted((name, member) for name, member in value.items() if member is not None)
        return "{" + ",".join(f"{compact(name)}:{canonical(member)}" for name, member in kept) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(member) for member in value) + "]"
    return compact(value)


def winit_text(secret, envelope, data):
    text = secret
    for name in ["action", "app_key", "data", "format", "platform", "sign_method", "timestamp", "version"]:
        text += name + (data if name == "data" else envelope[name])
    return text + secret


def winit_request(account, action, data):
    settings, secrets = account["settings"], account["secrets"]
    envelope = {
        "action": action,
        "app_key": settings["app_key"],
        "format": "json",
        "language": "zh_CN",
        # The application's Code; without an application, what the page's examples have.
        "platform": settings.get("platform", "OWNERERP"),
        "sign_method": "md5",
        "timestamp": beijing(CLOCK),
        "version": "1.0",
    }
    text = canonical(data)
    signed = winit_text(secrets["token"], envelope, text)
    envelope["sign"] = md5(signed).upper()
    if "client_id" in settings:
        envelope["client_id"] = settings["client_id"]
        envelope["client_sign"] = md5(winit_text(secrets["client_secret"], envelope, text)).upper()
    return {
        "url": settings["url"],
        "query": {},
        "content_type": "application/json;charset=UTF-8",
        "envelope": envelope,
        "data": text,
        "signed": signed,
    }


def winit():
    def item(code, packaging, quantity, barcode, **more):
        item = {"sku": code, "packaging": packaging, "quantity": quantity, "specification": "", "barcode": barcode}
        return {**item, "standard-parts": 10, **more}

    def info(code, kind, quantity, barcode, **more):
        info = {"merchandiseCode": code, "specification": "", "skuType": kind, "standPartsQty": 10}
        return {**info, "barcodeValue": barcode, "quantity": quantity, **more}

    def order(adjustment, **more):
        return {"reference": "liao1028", "warehouse": "US0001", "adjustment": adjustment, **more}

    def data(product, turn_out, turn_in, out_info, in_info):
        return {
            "sellerOrderNo": "liao1028",
            "winitProductCode": product,
            "warehouseCode": "US0001",
            "turnOutCode": turn_out,
            "turnInCode": turn_in,
            "merchandiseList": [{"transferOutInfo": out_info, "transferInInfo": in_info}],
        }

    create = "wh.inventoryAdjustment.createOrder.v2"
    # The page's first and third example name two organisations where its rule wants one; here they name one.
    adjustments = [
        (
            "the page's example of a box that is unpacked",
            order(
                {
                    "unpack": [
                        {
                            "from": item("liaowl1002", "box", "1", "T00001"),
                            "to": item("liaowl1003", "single", "10", "T00001"),
                        }
                    ]
                },
                organisation="nj",
            ),
            data(
                "OSF611005741",
                "nj",
                "nj",
                info("liaowl1002", "BOX", "1", "T00001"),
                info("liaowl1003", "SINGLE", "10", "T00001"),
            ),
        ),
        (
            "the page's example of goods that change their owner",
            order(
                {
                    "change-owner": {
                        "from-organisation": "nj",
                        "to-organisation": "bj",
                        "lines": [
                            {
                                "from": item("liaowl1002", "box", "1", "T00001"),
                                "to": item("liaowl1002", "box", "1", "T00001"),
                            }
                        ],
                    }
                }
            ),
            data(
                "OSF641006365",
                "nj",
                "bj",
                info("liaowl1002", "BOX", "1", "T00001"),
                info("liaowl1002", "BOX", "1", "T00001"),
            ),
        ),
        (
            "the page's example of another barcode",
            order(
                {
                    "relabel": [
                        {
                            "from": item("liaowl1002", "box", "1", "T00001"),
                            "to": item("liaowl1002", "box", "1", "T00002"),
                        }
                    ]
                },
                organisation="nj",
            ),
            data(
                "OSF651006365",
                "nj",
                "nj",
                info("liaowl1002", "BOX", "1", "T00001"),
                info("liaowl1002", "BOX", "1", "T00002"),
            ),
        ),
        (
            "an adjustment without organisation, beyond ASCII",
            order(
                {
                    "unpack": [
                        {
                            "from": {"sku": WIDE, "packaging": "suite", "quantity": "2"},
                            "to": {"sku": 'a"\\/b', "packaging": "single", "quantity": "24", "specification": ""},
                        }
                    ]
                }
            ),
            {
                "sellerOrderNo": "liao1028",
                "winitProductCode": "OSF611005741",
                "warehouseCode": "US0001",
                "turnInCode": None,
                "turnOutCode": None,
                "merchandiseList": [
                    {
                        "transferOutInfo": {"merchandiseCode": WIDE, "skuType": "SUITE", "quantity": "2"},
                        "transferInInfo": {
                            "merchandiseCode": 'a"\\/b',
                            "skuType": "SINGLE",
                            "quantity": "24",
                            "specification": "",
                        },
                    }
                ],
            },
        ),
    ]
    made = compact({"code": "0", "msg": "操作成功", "data": {"orderNo": "WT010000000210"}})
    nothing = {"currentPageSize": 0, "total": 0, "currentPageNum": 1, "list": []}
    page = compact({"code": 0, "msg": "操作成功", "data": nothing})
    cases = []
    for with_client in [True, False]:
        account = winit_account(with_client)
        secrets = list(account["secrets"])
        suffix = "for an application of its own" if with_client else "with a token alone"

        def case(name, operation, order, action, data, answer):
            requests = [winit_request(account, action, data)]
            cases.append(vector(f"{name}, {suffix}", account, operation, order, requests, [answer], secrets))

        for name, asked, sent in adjustments:
            case(name, "adjust", asked, create, sent, made)
        case(
            "a query",
            "query",
            {"warehouse": "US0001", "page-size": 50},
            "queryWarehouseStorage",
            {"warehouseCode": "US0001", "pageSize": 50, "pageNum": 1},
            page,
        )
        case(
            "a query of defective items that changed",
            "query",
            {
                "warehouse": "US0001",
                "skus": ["liaowl1002", WIDE],
                "changed": {"start": "2026-11-18T16:00:00Z", "end": "2026-11-21T15:59:59Z"},
                "extras": {"merchandiseGrade": "DEFECTIVE", "serviceType": "2B"},
            },
            "winit.inventory.type.pageInv",
            {
                "warehouseCodes": "US0001",
                "merchandiseVos": [{"merchandiseCode": "liaowl1002"}, {"merchandiseCode": WIDE}],
                "merchandiseGrade": "DEFECTIVE",
                "serviceType": "2B",
                "inventoryChangeTimeType": "NEW",
                "startTime": "2026-11-19 00:00:00",
                "endTime": "2026-11-21 23:59:59",
                "pageVo": {"pageNo": 1, "pageSize": 100},
            },
            compact({"code": 0, "msg": "操作成功", "data": {"pageParams": {"totalCount": 0}, "list": []}}),
        )
        # Of both sides' items, from the day before it was sent to the day after today, for days of either zone.
        movement = {
            "warehouseCode": "US0001",
            "docType": "ADJUSTMENT",
            "startDate": "2026-11-21",
            "endDate": "2026-11-23",
            "pageVo": {"pageNo": 1, "pageSize": 100},
        }
        inouts = "winit.inventory.pageInvInouts"
        none = compact({"code": 0, "msg": "操作成功", "data": {"pageParams": {"totalCount": 0}, "list": []}})
        cases.append(
            vector(
                f"a look-up of what moved the goods of an adjustment, {suffix}",
                account,
                "resolve",
                {"operation": "adjust", "order": adjustments[0][1], "key": None},
                [
                    winit_request(account, inouts, {"skuCode": sku, **movement})
                    for sku in ["liaowl1002", "liaowl1003"]
                ],
                [none, none],
                secrets,
            )
        )
    return cases


# ---- what each component ships ---------------------------------------------------------------------------------------


def named(cases, name):
    return next(case for case in cases if case["name"] == name)


def ships_flagship():
    cases = flagship()
    transfer = named(cases, "the page's example of a transfer")
    return [
        # A shipped vector is of an operation that a host asks for: a look-up is none.
        *[shipped(case) for case in cases if case["operation"] != "resolve"],
        another_secret(transfer, "secret"),
        refused(
            named(cases, "the page's example of a transfer, with a marker"),
            "a transfer whose remark leaves no room for the marker",
            "remark",
            {"remark": "急" * 242},
            "invalid-request",
        ),
        refused(
            transfer,
            "a transfer of goods that are neither sellable nor defective",
            "lines[0].condition",
            {"lines": [{"sku": "daj1", "quantity": "10", "condition": {"other": "returned"}}]},
        ),
        refused(
            named(cases, "the other method's example of a transfer"),
            "a transfer by the other method with a character that the provider cannot store",
            "remark",
            {"remark": WIDE},
            "invalid-request",
        ),
    ]


def ships_enterprise():
    cases = enterprise()
    published = named(cases, "the published vector")
    return [
        *[shipped(case) for case in cases],
        another_secret(published, "secret"),
        refused(
            named(cases, "a transfer with a remark beyond ASCII"),
            "a transfer that is to be submitted and not approved",
            "stage",
            {"stage": "submitted"},
        ),
    ]


def ships_top():
    def on_the_wire(request):
        # The session, which the host writes, comes last.
        parameters = dict(request["form"])
        session = {"session": parameters.pop("session")} if "session" in parameters else {}
        return {**request, "form": {**parameters, **session}}

    cases = top()
    example = cases[0]
    return [
        *[shipped(case, on_the_wire) for case in cases],
        another_secret(example, "secret"),
        another_secret(example, "session"),
        refused(example, "an occupation for a stocktake", "reason", {"reason": "stocktake"}),
    ]


def ships_winit():
    def on_the_wire(request):
        # `data` is put into the envelope as the text that it is.
        members = {name: compact(value) for name, value in request["envelope"].items()}
        members["data"] = request["data"]
        return {**request, "body": "{" + ",".join(f'"{name}":{members[name]}' for name in sorted(members)) + "}"}

    cases = winit()
    return [
        *[shipped(case, on_the_wire) for case in cases if case["operation"] != "resolve"],
        another_secret(cases[0], "token"),
        another_secret(cases[0], "client_secret"),
        refused(
            cases[0],
            "a single item that is to be unpacked",
            "adjustment.unpack[0].from.packaging",
            {
                "adjustment": {
                    "unpack": [
                        {
                            "from": {"sku": "liaowl1003", "packaging": "single", "quantity": "1"},
                            "to": {"sku": "liaowl1003", "packaging": "single", "quantity": "1"},
                        }
                    ]
                }
            },
            "invalid-request",
        ),
    ]


# ---- the vendors' own vectors, and the files -----------------------------------------------------------------------


def check_published():
    flagship_published = [
        ("s", {"a": "1", "b": "2"}, "5ee29085af57d942f21f1c5ba3c2a90a"),
        ("testsecret", {"c": "b2c", "b": "1"}, "4176bfbb890d63280f137053be381691"),
        (
            "aa",
            {
                "body": "[]",
                "key": "wdt_test",
                "method": "system.Core.now",
                "salt": "dd",
                "sid": "wdtapi3",
                "timestamp": "100",
                "v": "1.0",
            },
            "b5745bf1f4721a0d16e9a68cb7513032",
        ),
        ("s", {"a": "1", "sign": "anything"}, "585b98956d9738edec5cbd8443f7a228"),
    ]
    for secret, parameters, sign in flagship_published:
        assert md5(flagship_text(secret, parameters)) == sign, parameters

    [request] = next(case for case in enterprise() if case["name"] == "the published vector")["requests"]
    assert request["form"]["sign"] == "ad4e6fe037ea6e3ba4768317be9d1309", request

    top_published = [
        (
            "md5",
            b"helloworld",
            {
                "method": "taobao.item.seller.get",
                "app_key": "12345678",
                "session": "test",
                "timestamp": "2016-01-01 12:00:00",
                "format": "json",
                "v": "2.0",
                "sign_method": "md5",
                "fields": "num_iid,title,nick,price,num",
                "num_iid": "11223344",
            },
            "66987CB115214E59E6EC978214934FB8",
        ),
        ("hmac", b"\x0b" * 16, {"Hi": " There"}, "9294727A3638BB1C13F48EF8158BFC9D"),
        (
            "hmac-sha256",
            b"\x0b" * 20,
            {"Hi": " There"},
            "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7",
        ),
    ]
    for method, secret, parameters, sign in top_published:
        assert top_sign(method, secret, top_text(parameters).encode("utf-8")) == sign, method


def main(arguments):
    if arguments not in ([], ["--check"]):
        sys.exit("usage: compute.py [--check]")
    check_published()
    files = {"wdt-flagship": flagship, "wdt-enterprise": enterprise, "taobao-top": top, "winit": winit}
    ships = {
        "wdt-flagship": ships_flagship,
        "wdt-enterprise": ships_enterprise,
        "taobao-top": ships_top,
        "winit": ships_winit,
    }
    written = {HERE / f"{provider}.json": compute for provider, compute in files.items()}
    written |= {HERE.parent.parent / "plugins" / provider / "vectors.json": ship for provider, ship in ships.items()}
    for path, compute in written.items():
        text = json.dumps(compute(), ensure_ascii=False, indent=2) + "\n"
        if not arguments:
            path.write_text(text, encoding="utf-8", newline="\n")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path} is not what this script computes: run it without --check and read the difference")


if __name__ == "__main__":
    main(sys.argv[1:])
