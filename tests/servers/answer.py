"""answer.py FILE EXPRESSION: Python over what `sitrep --once -o json` said. `s` is the first service, `c` its
first check, `cs` all its checks, `v` the check's values, `m` its message, `d` the service's diagnoses by
id. Where the expression is not true, shows the check and exits 1."""
import json
import re  # noqa: F401 - for expressions
import sys


def main(path, expression):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        s = json.loads(text)["services"][0]
    except (ValueError, KeyError, IndexError):
        print("no answer:", text[:400])
        return 1
    cs = s["checks"]
    c = cs[0]
    names = {"s": s, "c": c, "cs": cs, "v": c.get("values", {}), "m": c.get("message") or "",
             "d": {d["id"]: d for d in s.get("diagnoses", [])}, "re": re, "json": json}
    try:
        if eval("(" + expression + ")", names):  # pylint: disable=eval-used
            return 0
    except (KeyError, TypeError, IndexError) as error:
        print("%s: %r" % (type(error).__name__, error))
    print("wanted:", expression)
    print(json.dumps(c, indent=1, ensure_ascii=False)[:4000])
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
