"""Holds YAML files against the schema of services.yaml. usage: schema.py SCHEMA FILE...; prints
each complaint, exits 1 where there is one, 77 where a library is missing."""
import json
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(missing)
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
wrong = False
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        for error in validator.iter_errors(yaml.safe_load(file)):
            print(path, "/".join(str(part) for part in error.path), error.message[:200])
            wrong = True
sys.exit(1 if wrong else 0)
