"""Which right each field needs. This is the whole table; docs/security.md shows it.

A field of `Query`, `Mutation` and `Subscription` stands here under each right of which any one is
enough, and so does every other field, also of inputs, that needs more than the way to it. All
others are in `open_fields`. `node(Kind)` is what may be found by its id. What is in neither fails
tests/contracts/test_rights.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from oms_api.rights.right import Right

NEEDED: Mapping[Right, str] = {
    Right.READ_CATALOGUE: """
        Query.product Query.products Query.channel Query.channels Query.location Query.locations
        Query.shippingMethods Query.dutyRates
        node(Product) node(Channel) node(Location)
    """,
    Right.READ_AVAILABILITY: "Query.availability Query.deliveryOptions",
    Right.READ_STOCK: """
        Query.stockItem Query.stockAt Query.stockLedger Query.transfer Query.transfers
        Query.backorders Query.subscribers Query.serials Subscription.stockChanged
        Availability.locations SubscribersPayload.subscribers Location.capacityPerDay
        node(StockItem) node(Transfer)
    """,
    Right.READ_ORDERS: """
        Query.order Query.orders Subscription.orderChanged Order.customer Backorder.order
        node(Order) node(Shipment) node(Return) node(Claim)
    """,
    Right.READ_SHIPMENTS: "Query.shipments",
    Right.READ_RETURNS: "Query.returns Query.claims",
    Right.READ_PERSONAL_DATA: """
        Customer.name Customer.email Order.billingAddress Order.messages Subscribers.waiting
        Return.decision Return.labelReference ReturnLine.comment
        Claim.description ClaimLine.comment
        Event.data Event.sentence HistoryEntry.sentence Evidence.content InclusionProof.record
        OrderChange.before OrderChange.after
        OrderChangeStep.before OrderChangeStep.after OrderChangeStep.reason
        OrderChangeStep.sentence
        OrderFilter.search
    """,
    Right.READ_ADDRESSES: """
        Address.name Address.street Address.city Address.postalCode Address.region
        Parcel.label TrackingNote.details
    """,
    Right.READ_PAYMENTS: "Order.payments node(Payment)",
    Right.READ_ALL_PAYMENTS: "Query.payments",
    Right.READ_HANDLING: """
        Order.holds Order.notes Order.attachments Order.conversationVersion Order.tags
        Order.priority Order.timers Order.links CustomerMessage.actor
        OrderFilter.holdKind OrderFilter.escalated OrderFilter.tag
    """,
    Right.READ_SOURCING: "Query.explainSourcing Query.previewSourcing Query.sourcingPolicy",
    Right.READ_VOUCHERS: "Query.coupon Query.giftCard node(Coupon) node(GiftCard)",
    Right.READ_HISTORY: """
        Query.eventLog Subscription.eventLog Query.causationTree Query.orderDiff
        Order.events Order.history
        node(Event)
    """,
    Right.READ_PROOFS: """
        Query.signedRoots Query.inclusionProof Query.consistencyProof Query.evidence
    """,
    Right.READ_FIGURES: "Query.kpis Coupon.timesUsed Coupon.usageLimit",
    Right.READ_OPERATIONS: "Query.refusedSteps",
    Right.READ_ACCESS_LOG: "Query.accessLog",
    Right.TRACK_ORDERS: "Query.trackOrder",
    Right.PLACE_ORDERS: "Mutation.placeOrder OrderPayload.trackingSecret",
    Right.SET_TERMS: """
        Mutation.placeOrders
        PlaceOrderInput.number PlaceOrderInput.placedAt PlaceOrderInput.shippingPrice
        PlaceOrderInput.discount PlaceOrderInput.discounts PlaceOrderInput.shippingTaxRate
        PlaceOrderInput.duties PlaceOrderInput.priority
        OrderLineInput.unitPrice OrderLineInput.taxRate OrderLineInput.discount
        OrderLineInput.promisedBy
        CancelOrderInput.occurredAt RequestReturnInput.occurredAt CancelReturnInput.occurredAt
        RecordReturnSentInput.occurredAt OpenClaimInput.occurredAt
        PayWithGiftCardInput.occurredAt SubscribeToStockInput.occurredAt
        CancelSubscriptionInput.occurredAt
    """,
    Right.EDIT_ORDERS: """
        Query.previewOrderEdit Mutation.editOrder Mutation.holdOrder Mutation.releaseOrder
        Mutation.releaseHold Mutation.revisePromise Mutation.tagOrder Mutation.linkOrders
        Mutation.unlinkOrders
    """,
    Right.CANCEL_ORDERS: "Mutation.cancelOrder",
    Right.COMMUNICATE: "Mutation.addNote Mutation.recordMessage Mutation.addAttachment",
    Right.REQUEST_PAYMENTS: "Mutation.requestAuthorization",
    Right.RECORD_PAYMENTS: """
        Mutation.authorizePayment Mutation.capturePayment Mutation.refundPayment
        Mutation.voidPayment Mutation.reportPaymentEvent
    """,
    Right.MOVE_MONEY: """
        Mutation.requestCapture Mutation.requestRefund Mutation.requestVoid
        Mutation.decideContestedRefund
    """,
    Right.REDEEM_GIFT_CARDS: "Mutation.payWithGiftCard",
    Right.ISSUE_GIFT_CARDS: "Mutation.issueGiftCard",
    Right.FULFILL_ORDERS: """
        Mutation.startPicking Mutation.recordPick Mutation.packShipment Mutation.labelParcel
        Mutation.splitShipment Mutation.mergeShipments Mutation.cancelShipment
        Mutation.relocateShipment Mutation.dispatchShipment Mutation.recordTracking
        Mutation.deliverShipment Mutation.receiveReturnToSender Mutation.declareLost
        Mutation.markReadyForPickup Mutation.handOver Mutation.expirePickup
        Mutation.rejectAssignment
    """,
    Right.REQUEST_RETURNS: """
        Mutation.requestReturn Mutation.cancelReturn Mutation.recordReturnSent
        Mutation.openClaim
    """,
    Right.RECEIVE_RETURNS: """
        Mutation.receiveReturn Mutation.receiveReturnItems Mutation.inspectReturn
    """,
    Right.DECIDE_RETURNS: """
        Mutation.approveReturn Mutation.rejectReturn Mutation.recordReturnLabel
        Mutation.refundReturn Mutation.exchangeReturn Mutation.closeReturn
        Mutation.resolveClaim
    """,
    Right.SUBSCRIBE_TO_STOCK: "Mutation.subscribeToStock Mutation.cancelSubscription",
    Right.MANAGE_STOCK: """
        Mutation.receiveStock Mutation.adjustStock Mutation.countStock
        Mutation.changeStockCondition Mutation.scrapStock Mutation.setStockPolicy
        Mutation.setChannelShare Mutation.setChannelSafetyStock
        Mutation.expectSupply Mutation.expectSupplies
        Mutation.receiveSupplies Mutation.reviseSupply Mutation.cancelSupply
        Mutation.reconcileStock Mutation.planTransfer Mutation.clearLocation
        Mutation.dispatchTransfer Mutation.receiveTransfer Mutation.missTransfer
        Mutation.cancelTransfer Mutation.recordSerials Mutation.writeOffSerials
    """,
    Right.MANAGE_CATALOGUE: """
        Mutation.registerProduct Mutation.declareProductFacts Mutation.setPrice
        Mutation.withdrawPrice Mutation.issueCoupon Mutation.withdrawCoupon
        Mutation.configureShippingMethod Mutation.withdrawShippingMethod
        Mutation.publishDutyRates Mutation.withdrawDutyRates
        Coupon.timesUsed Coupon.usageLimit
    """,
    Right.MANAGE_CHANNELS: "Mutation.configureChannel",
    Right.MANAGE_LOCATIONS: """
        Mutation.registerLocation Mutation.configureLocation Mutation.closeLocation
        Mutation.reopenLocation Mutation.mergeLocation Mutation.relieveLocation
    """,
    Right.MANAGE_SOURCING: """
        Mutation.publishSourcingRules Mutation.withdrawSourcingRules Mutation.sourceWave
    """,
    Right.PROTECT_PRIVACY: "Query.customerDataExport Mutation.eraseCustomer",
    Right.CORRECT_EVENTS: "Mutation.recordCorrection",
    Right.READ_API_KEYS: "Query.apiKeys",
    Right.MANAGE_API_KEYS: "Mutation.issueApiKey Mutation.revokeApiKey",
}


def _by_place() -> Mapping[str, frozenset[Right]]:
    found: dict[str, frozenset[Right]] = {}
    for right, places in NEEDED.items():
        for place in places.split():
            found[place] = found.get(place, frozenset()) | {right}
    return found


REQUIRED: Mapping[str, frozenset[Right]] = _by_place()
"""The rights of which each place needs any one: `Query.order`, `Customer.email`, `node(Order)`."""
