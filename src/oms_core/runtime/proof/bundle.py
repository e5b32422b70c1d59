"""Evidence about an order as one file that an expert can check without us: see `verifier.py`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import orjson

from oms_core.runtime.proof.notes import Signer, sign
from oms_core.runtime.proof.proofs import InclusionProof, SignedRoot

VERIFIER = Path(__file__).with_name("verifier.py")

_README = """\
Evidence about the order {number}
=================================

What this is. Everything that was recorded about this order, in the form in which it was recorded,
with the proof that nothing of it was changed, left out or added since {sealed}.

How to check it. With Python 3.9 or newer:

    pip install cryptography
    python verifier.py {file} --key "PUBLISHED KEY"

verifier.py is in this file, too; it has fewer than 200 lines, so that an expert can read it before
running it. The key is the one that whoever made this bundle has published. Without --key, the
verifier prints the key that the bundle names, and you compare.

history.en.txt, history.de.txt  what happened, in words
events.jsonl                    the events as they were recorded, one a line; of what was withheld,
                                since it told about a person who was erased, the hash
proofs.json                     where each event is in the log, and the hashes that prove it
root.txt                        the signed root of the whole log
manifest.json, manifest.sig     what belongs to this bundle, signed
"""


def file_name(number: str) -> str:
    """Name the bundle of an order, whatever characters its number has."""
    plain = "".join(c if (c.isascii() and c.isalnum()) or c in "-_" else "_" for c in number)
    return f"evidence-{plain}.zip"


def bundle(
    number: str,
    proofs: Sequence[InclusionProof],
    root: SignedRoot,
    histories: Mapping[str, str],
    signer: Signer,
    *,
    unsealed: int = 0,
    withheld: Collection[str] = (),
) -> bytes:
    """Write a bundle: proofs stream by stream, and the history in some languages.

    `unsealed` is how many later events of the order no root covers yet; they are left out. Of those
    in `withheld` only the hash is given: their contents may not be shown.
    """
    paths = {
        one.event.event_id: {"index": one.index, "path": [step.hex() for step in one.path]}
        for one in proofs
    }
    members = {
        "README.txt": _README.format(
            number=number, sealed=root.sealed_at.isoformat(), file=file_name(number)
        ).encode(),
        "events.jsonl": b"".join(_line(one, withheld) + b"\n" for one in proofs),
        **{f"history.{name}.txt": text.encode() for name, text in histories.items()},
        "key.txt": f"{signer.verifier}\n".encode(),
        "proofs.json": orjson.dumps(paths, option=orjson.OPT_SORT_KEYS),
        "root.txt": root.note.encode(),
        "verifier.py": VERIFIER.read_bytes(),
    }
    manifest = {
        "number": number,
        "made_at": datetime.now(UTC).isoformat(),
        "events": len(proofs),
        "events_not_sealed_yet": unsealed,
        "members": {name: sha256(data).hexdigest() for name, data in members.items()},
    }
    written = orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)
    members["manifest.json"] = written
    stated = f"oms evidence\n{sha256(written).hexdigest()}\n"
    members["manifest.sig"] = sign(stated, signer).encode()
    return _archive(members)


def _line(proof: InclusionProof, withheld: Collection[str]) -> bytes:
    if proof.event.event_id not in withheld:
        return proof.record
    known = orjson.loads(proof.record)
    shown = {name: known[name] for name in ("position", "previous", "stream_id", "version")}
    shown |= {"hash": sha256(proof.record).hexdigest(), "withheld": True}
    return orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)


def _archive(members: Mapping[str, bytes]) -> bytes:
    """Write an archive of which every byte follows from its members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            member = zipfile.ZipInfo(name)
            member.create_system = 3
            archive.writestr(member, members[name])
    return file.getvalue()
