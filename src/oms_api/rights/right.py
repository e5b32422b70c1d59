"""The rights there are. What each opens is in `fields`, who has them in `roles`."""

from __future__ import annotations

from enum import StrEnum, auto
from typing import Any

from oms_api.enums import describe


class Right(StrEnum):
    """One thing that somebody may do."""

    @staticmethod
    def _generate_next_value_(name: str, *_: Any) -> str:
        return name

    READ_CATALOGUE = auto()
    READ_AVAILABILITY = auto()
    READ_STOCK = auto()
    READ_ORDERS = auto()
    READ_SHIPMENTS = auto()
    READ_RETURNS = auto()
    READ_PERSONAL_DATA = auto()
    READ_ADDRESSES = auto()
    READ_PAYMENTS = auto()
    READ_ALL_PAYMENTS = auto()
    READ_HANDLING = auto()
    READ_SOURCING = auto()
    READ_VOUCHERS = auto()
    READ_HISTORY = auto()
    READ_PROOFS = auto()
    READ_FIGURES = auto()
    READ_OPERATIONS = auto()
    READ_ACCESS_LOG = auto()
    TRACK_ORDERS = auto()
    PLACE_ORDERS = auto()
    SET_TERMS = auto()
    EDIT_ORDERS = auto()
    CANCEL_ORDERS = auto()
    COMMUNICATE = auto()
    REQUEST_PAYMENTS = auto()
    RECORD_PAYMENTS = auto()
    MOVE_MONEY = auto()
    REDEEM_GIFT_CARDS = auto()
    ISSUE_GIFT_CARDS = auto()
    FULFILL_ORDERS = auto()
    REQUEST_RETURNS = auto()
    RECEIVE_RETURNS = auto()
    DECIDE_RETURNS = auto()
    SUBSCRIBE_TO_STOCK = auto()
    MANAGE_STOCK = auto()
    MANAGE_CATALOGUE = auto()
    MANAGE_CHANNELS = auto()
    MANAGE_LOCATIONS = auto()
    MANAGE_SOURCING = auto()
    PROTECT_PRIVACY = auto()
    CORRECT_EVENTS = auto()
    READ_API_KEYS = auto()
    MANAGE_API_KEYS = auto()


describe(
    Right,
    "What somebody may do. Roles are sets of rights. Values may be added.",
    READ_CATALOGUE="See products, prices, channels, locations, shipping methods and duty rates.",
    READ_AVAILABILITY="See what may be promised, and how it could be delivered.",
    READ_STOCK="See what is where, what moves, and who waits for it.",
    READ_ORDERS="See orders and what belongs to them, without what other rights are for.",
    READ_SHIPMENTS="See the shipments of all orders in one list.",
    READ_RETURNS="See the returns and claims of all orders, each in one list.",
    READ_PERSONAL_DATA="See who people are and what they wrote: names, e-mails, messages, claims.",
    READ_ADDRESSES="See where things are sent.",
    READ_PAYMENTS="See each payment of an order, with its provider's references.",
    READ_ALL_PAYMENTS="See the payments of all orders in one list.",
    READ_HANDLING="See how the shop treats an order: holds, notes, tags, timers, links.",
    READ_SOURCING="See what sourcing decided, why, and what it costs.",
    READ_VOUCHERS="Look up a coupon, or a gift card, by its code.",
    READ_HISTORY="See what happened: events, by whom, and what led to what.",
    READ_PROOFS="See signed roots, proofs and evidence.",
    READ_FIGURES="See key figures.",
    READ_OPERATIONS="See how the system is doing: metrics, and what processes were refused.",
    READ_ACCESS_LOG="See who was shown personal data.",
    TRACK_ORDERS="See one order with its number and the secret from its confirmation.",
    PLACE_ORDERS="Place orders at the prices of the shop.",
    SET_TERMS="Place orders on terms of one's own: numbers, prices, discounts, duties, earlier"
    " moments, in batches; and say of other things that they happened earlier.",
    EDIT_ORDERS="Edit, hold, release, tag and link orders.",
    CANCEL_ORDERS="Cancel what has not left a warehouse.",
    COMMUNICATE="Add notes, messages and attachments to orders.",
    REQUEST_PAYMENTS="Ask a provider to set an amount aside for an order.",
    RECORD_PAYMENTS="Say what was paid elsewhere, and what a provider reports.",
    MOVE_MONEY="Ask a provider to collect, give back or let go of money.",
    REDEEM_GIFT_CARDS="Pay with a gift card.",
    ISSUE_GIFT_CARDS="Put money on new gift cards.",
    FULFILL_ORDERS="Pick, pack, dispatch, deliver, or say that it is not possible.",
    REQUEST_RETURNS="Ask to send goods back, and claim what is wrong with them.",
    RECEIVE_RETURNS="Take in and inspect what comes back.",
    DECIDE_RETURNS="Decide on returns and claims, and what the customer gets.",
    SUBSCRIBE_TO_STOCK="Have a customer told when a product can be had again, or no more.",
    MANAGE_STOCK="Receive, count, adjust, announce, set aside and transfer stock.",
    MANAGE_CATALOGUE="Register products, set prices, issue coupons, set delivery and duty rates.",
    MANAGE_CHANNELS="Say how orders of a channel are treated.",
    MANAGE_LOCATIONS="Register, configure, close and merge locations.",
    MANAGE_SOURCING="Publish the rules of sourcing, and source waves.",
    PROTECT_PRIVACY="Give customers what is held about them, and forget them.",
    CORRECT_EVENTS="Say of an event that it is not so.",
    READ_API_KEYS="See which API keys there are, and when they were used last.",
    MANAGE_API_KEYS="Issue and revoke API keys.",
)
