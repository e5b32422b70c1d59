"""What the events of a unit with a serial number tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.kernel.message import Event
from oms_core.serials import events
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.SerialReceived: Sentence(
        "{sku} with the serial number {serial} came in at {location}[, reference {reference}].",
        "{sku} mit der Seriennummer {serial} ging in {location} ein[, Referenz {reference}].",
    ),
    events.SerialShipped: Sentence(
        "{sku} with the serial number {serial} left {location} with a shipment.",
        "{sku} mit der Seriennummer {serial} verließ {location} mit einer Sendung.",
    ),
    events.SerialCameBack: Sentence(
        "{sku} with the serial number {serial} came back to {location}[for_sale? , and is for "
        "sale again].",
        "{sku} mit der Seriennummer {serial} kam nach {location} zurück[for_sale?  und ist "
        "wieder verkäuflich].",
    ),
    events.SerialConditionChanged: Sentence(
        "{sku} with the serial number {serial} at {location} is “{condition}” now, because "
        "“{reason}”.",
        "{sku} mit der Seriennummer {serial} in {location} ist nun „{condition}“, Grund: "
        "„{reason}“.",
    ),
    events.SerialTransferred: Sentence(
        "{sku} with the serial number {serial} left {location} for {destination}.",
        "{sku} mit der Seriennummer {serial} verließ {location} nach {destination}.",
    ),
    events.SerialArrived: Sentence(
        "{sku} with the serial number {serial} arrived at {location}.",
        "{sku} mit der Seriennummer {serial} kam in {location} an.",
    ),
    events.SerialWrittenOff: Sentence(
        "{sku} with the serial number {serial} is gone: “{reason}”.",
        "{sku} mit der Seriennummer {serial} ist nicht mehr da: „{reason}“.",
    ),
}
