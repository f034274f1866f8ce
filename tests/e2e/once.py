"""Holds a document of `--once -o json` against the shipped schema and against what a scenario must
show. usage: once.py SCHEMA DOCUMENT [NAME=STATE | NAME:diagnosis=ID | NAME:caused_by=NAME |
state=STATE | deadline_hit=True | up=N]... ; prints each complaint, exits 1 where there is one."""
import json
import sys

try:
    import jsonschema
except ImportError:
    jsonschema = None


def services_of(document):
    return {service["name"]: service for service in document["services"]}


def complaint(document, wanted):
    key, value = wanted.split("=", 1)
    services = services_of(document)
    if key in ("state", "deadline_hit"):
        got = str(document[key])
    elif key in document["summary"]:
        got = str(document["summary"][key])
    elif ":" not in key:
        got = services[key]["state"]
        if got != value:
            got += ": " + services[key]["why"]
    else:
        name, what = key.split(":")
        service = services[name]
        if what == "caused_by":
            got = ",".join(service["caused_by"])
        elif what == "diagnosis":
            got = service["diagnoses"][0]["id"] if service["diagnoses"] else "none"
        elif what == "sure":
            got = "yes" if service["diagnoses"] and service["diagnoses"][0]["confidence"] >= 0.5 else "no"
        else:
            return "do not know " + wanted
    return None if got == value else "wanted %s, got %s" % (wanted, got)


def main(schema_path, document_path, wanted):
    with open(document_path, encoding="utf-8") as file:
        document = json.load(file)
    complaints = []
    if jsonschema is None:
        complaints.append("python3-jsonschema is not installed")
    else:
        with open(schema_path, encoding="utf-8") as file:
            schema = json.load(file)
        validator = jsonschema.Draft202012Validator(schema)
        validator.check_schema(schema)
        for error in validator.iter_errors(document):
            complaints.append("%s: %s" % ("/".join(map(str, error.absolute_path)), error.message))
    complaints += [c for c in (complaint(document, w) for w in wanted) if c]
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
