"""Which fields need nothing but the way to them: whoever sees the object sees these.

Of a type that may hold something about people, money or reasons, each field is named: a new one is
a decision. Of the others, `ANY` field is open. See `fields` for those that need a right.
"""

from __future__ import annotations

from collections.abc import Mapping

ANY = "*"

OPEN: Mapping[str, str] = {
    "Access": ANY,
    "Address": "country",
    "ApiKey": """
        version name rights channels issuedAt expiresAt revokedAt reason lastUsedAt
    """,
    "ApiKeyPayload": "userErrors position replayed apiKey secret",
    "AssignedUnits": ANY,
    "Availability": "sku available",
    "Backorder": "lineId sku quantity placedAt priority pickupLocation",
    "BackorderConnection": ANY,
    "BackorderEdge": ANY,
    "Calendar": ANY,
    "CausationStep": ANY,
    "Channel": """
        id version code currency pricesIncludeTax roundingMode roundingLevel
        shippingTaxRate unpaidExpiresAfter holdsEscalateAfter backordersCancelAfter
        returns payments shortPicks
    """,
    "ChannelPayload": ANY,
    "Chargeback": "case amount state reason",
    "ChosenLocation": ANY,
    "Claim": "id version order status lines decision",
    "ClaimConnection": ANY,
    "ClaimDecision": "resolution reason lines amount carriedOver replacement goodsReturn",
    "ClaimEdge": ANY,
    "ClaimLine": "lineId sku quantity problem",
    "ClaimPayload": ANY,
    "ConsistencyProof": ANY,
    "CorrectionPayload": ANY,
    "Count": ANY,
    "ContestedRefund": "id amount state transaction",
    "Coupon": """
        id version code percent amount validFrom validUntil minimumSubtotal
        usageLimitPerCustomer withdrawn
    """,
    "CouponPayload": ANY,
    "CreditLine": ANY,
    "Customer": "reference",
    "CustomerMessage": "id direction channel subject text occurredAt",
    "Customs": ANY,
    "CustomsItem": ANY,
    "DangerousGoods": ANY,
    "DeliveryOption": ANY,
    "DeliveryOptions": ANY,
    "DeliveryPromise": ANY,
    "DeliveryZone": ANY,
    "DutyRate": ANY,
    "DutySchedule": ANY,
    "DutySchedulePayload": ANY,
    "DutyTerritory": ANY,
    "EligibilityRule": ANY,
    "EraseCustomerPayload": ANY,
    "Event": """
        id position streamId version type occurredAt recordedAt actor correlationId
        causationId cause corrects
    """,
    "EventConnection": ANY,
    "EventEdge": ANY,
    "Evidence": "fileName",
    "GiftCard": "id version last4 amount balance expiresAt",
    "GiftCardPayload": ANY,
    "HandlingCost": ANY,
    "HistoryEntry": """
        occurredAt recordedAt actor channel correlationId causationId event corrects
        correctedBy
    """,
    "InclusionProof": "hash leafIndex path root",
    "KpiReport": ANY,
    "KpiRow": ANY,
    "Location": """
        id version code name country postalCode latitude longitude kind isOpen calendar
        traits
    """,
    "LocationPayload": ANY,
    "ChannelStock": ANY,
    "Lot": ANY,
    "MergeLocationPayload": ANY,
    "Money": ANY,
    "Node": ANY,
    "Order": """
        id version number channel currency placedAt status paymentStatus fulfillmentStatus
        shippingAddress lines shipments returns subtotal discount discounts shippingPrice
        shippingMethod pickupLocation promise shippingTax duties tax pricesIncludeTax
        total authorized captured refunded credited exchangeCredit paymentDueAt claims
        chargedBack balanceDue refundDue
    """,
    "OrderAttachment": ANY,
    "OrderChange": "field steps",
    "OrderChangeStep": "event actor",
    "OrderConnection": ANY,
    "OrderDiff": "fromVersion toVersion changes",
    "OrderDiscount": ANY,
    "OrderEdge": ANY,
    "OrderEditPreview": "order difference owed toRefund stock userErrors",
    "OrderHold": ANY,
    "OrderLine": """
        id sku name quantity unitPrice taxRate discount tax total pending reserved
        backordered shipped delivered cancelled returned credited refunded promisedBy
        waitsUntil
    """,
    "OrderLink": "kind number order",
    "OrderNote": ANY,
    "OrderNews": ANY,
    "OrderPayload": "userErrors position replayed order",
    "OrderTimer": ANY,
    "OtherLocation": ANY,
    "PageInfo": ANY,
    "Parcel": "number status weightGrams lengthMm widthMm heightMm carrier trackingNumber lines",
    "ParcelLine": ANY,
    "ParcelTariff": ANY,
    "Payment": """
        id version order method provider reference terms status authorized captured refunded
        chargedBack expiresAt requests chargebacks contested
    """,
    "PaymentConnection": ANY,
    "PaymentEdge": ANY,
    "PaymentPayload": ANY,
    "PaymentPolicy": ANY,
    "PaymentRequest": "id kind state amount reason transaction",
    "PlaceOrdersPayload": ANY,
    "PostalArea": ANY,
    "PreviewedUnits": ANY,
    "Price": ANY,
    "PriceStep": ANY,
    "Product": """
        id version sku name price prices taxRate keepsLots serialNumbered taxClass
        weightGrams lengthMm widthMm heightMm originCountry commodityCode gtin dangerousGoods
    """,
    "ProductConnection": ANY,
    "ProductEdge": ANY,
    "ProductPayload": ANY,
    "Query": "node",
    "ReceivedUnits": ANY,
    "ReconcileStockPayload": ANY,
    "RefusedStep": ANY,
    "RelieveLocationPayload": ANY,
    "Return": """
        id version order status lines reason needsApproval carrier trackingNumber received
        resolutions
    """,
    "ReturnConnection": ANY,
    "ReturnEdge": ANY,
    "ReturnLine": "lineId sku quantity reason outstanding received kept credited",
    "ReturnPayload": ANY,
    "ReturnPolicy": ANY,
    "ReturnResolution": "lines shipping fee amount carriedOver replacement",
    "Serial": ANY,
    "SerialConnection": ANY,
    "SerialEdge": ANY,
    "SerialsPayload": ANY,
    "Shipment": """
        id version order kind location status carrier trackingNumber readyAt collectBy
        dispatchedAt deliveredAt lines parcels tracking customs
    """,
    "ShipmentConnection": ANY,
    "ShipmentEdge": ANY,
    "ShipmentLine": ANY,
    "ShipmentPayload": ANY,
    "ShippingMethod": ANY,
    "ShippingMethodPayload": ANY,
    "SignedRoot": ANY,
    "SignedRootConnection": ANY,
    "SignedRootEdge": ANY,
    "SourceWavePayload": ANY,
    "SourcingDecision": ANY,
    "SourcingPolicy": ANY,
    "SourcingPolicyPayload": ANY,
    "SourcingPreview": ANY,
    "SourcingReasons": ANY,
    "SourcingRules": ANY,
    "StockDifference": ANY,
    "StockEffect": ANY,
    "StockItem": """
        id version sku location onHand reserved available qualityHold damaged safetyStock
        incoming picked madeToOrder unlimited channels serialsOnHand lots supplies
    """,
    "StockItemConnection": ANY,
    "StockItemEdge": ANY,
    "StockMovement": ANY,
    "StockMovementConnection": ANY,
    "StockMovementEdge": ANY,
    "StockNews": ANY,
    "StockPayload": ANY,
    "Subscriber": ANY,
    "Subscribers": "sku",
    "SubscribersPayload": "userErrors position replayed",
    "SuppliesPayload": ANY,
    "Supply": ANY,
    "TrackingNote": "carrierEventId status trackedAt applied parcel place",
    "Transfer": "id version source destination status expectedOn reason number lines",
    "TransferLine": ANY,
    "TransferPayload": ANY,
    "UnsourcedUnits": ANY,
    "UserError": ANY,
    "WeightStep": ANY,
    "WhyNotCount": ANY,
}
