"""Everybody who has to do with orders. Each reacts to what happens, or acts on a whim.

To teach the simulation a new capability: a class here that listens to its events, in `EVERYBODY`.
"""

from tests.simulation.people.buyers import Buyers
from tests.simulation.people.carriers import Carriers
from tests.simulation.people.complainers import Complainers
from tests.simulation.people.counters import Counters
from tests.simulation.people.desk import ServiceDesk
from tests.simulation.people.givers import Givers
from tests.simulation.people.integrators import Integrators
from tests.simulation.people.keepers import Keepers
from tests.simulation.people.merchants import Merchants
from tests.simulation.people.mergers import Mergers
from tests.simulation.people.movers import Movers
from tests.simulation.people.numberers import Numberers
from tests.simulation.people.officers import Officers
from tests.simulation.people.payers import Payers
from tests.simulation.people.person import Person
from tests.simulation.people.planners import Planners
from tests.simulation.people.providers import Providers
from tests.simulation.people.returners import Returners
from tests.simulation.people.suppliers import Suppliers
from tests.simulation.people.warehouses import Warehouses
from tests.simulation.people.watchers import Watchers

EVERYBODY: tuple[type[Person], ...] = (
    Merchants,
    Keepers,
    Planners,
    Suppliers,
    Movers,
    Mergers,
    Givers,
    Payers,
    Providers,
    Warehouses,
    Counters,
    Carriers,
    Returners,
    Complainers,
    Watchers,
    Numberers,
    Officers,
    Integrators,
    ServiceDesk,
    Buyers,
)

__all__ = ["EVERYBODY"]
