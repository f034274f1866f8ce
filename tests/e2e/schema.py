"""Holds YAML files, and the examples in manual pages (FILE.in), against the schema of services.yaml.
usage: schema.py SCHEMA FILE...; prints each complaint, exits 1 where there is one, 77 where a library
is missing. schema.py SCHEMA --wrong FILE...: prints each document without a complaint instead."""
import json
import re
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(missing)
    sys.exit(77)


class Loader(yaml.SafeLoader):
    """As an editor reads YAML 1.2: a date is a text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in known if tag != "tag:yaml.org,2002:timestamp"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if not path.endswith(".in"):
        return list(yaml.load_all(text, Loader))
    blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", text, re.DOTALL | re.MULTILINE)
    return [yaml.load(block, Loader) for block in blocks if re.search("^services:", block, re.MULTILINE)]


with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
want_wrong = sys.argv[2] == "--wrong"
bad = False
for path in sys.argv[3 if want_wrong else 2:]:
    for document in documents(path):
        errors = list(validator.iter_errors(document))
        bad = bad or bool(errors) != want_wrong
        if want_wrong and not errors:
            print(path, "no complaint about", document)
        for error in [] if want_wrong else errors:
            print(path, "/".join(str(part) for part in error.path), error.message[:200])
sys.exit(1 if bad else 0)
