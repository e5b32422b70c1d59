// Documents as a storefront on Relay has them; relay-compiler reads them, nothing runs them.
import { graphql } from 'relay-runtime';

graphql`
  query ordersPageQuery($customer: String!, $count: Int = 10, $after: String) {
    ...ordersList_query @arguments(customer: $customer, count: $count, after: $after)
  }
`;

graphql`
  fragment ordersList_query on Query
  @argumentDefinitions(
    customer: { type: "String!" }
    count: { type: "Int", defaultValue: 10 }
    after: { type: "String" }
  )
  @refetchable(queryName: "ordersListPaginationQuery") {
    orders(filter: { customer: $customer }, first: $count, after: $after)
      @connection(key: "ordersList_orders", filters: ["filter"]) {
      edges {
        node {
          id
          ...ordersRow_order
        }
      }
    }
  }
`;

graphql`
  fragment ordersRow_order on Order
  @argumentDefinitions(details: { type: "Boolean", defaultValue: false })
  @refetchable(queryName: "ordersRowRefetchQuery") {
    number
    status
    total {
      amount
      currency
    }
    lines @include(if: $details) {
      id
      sku
      quantity
    }
  }
`;

graphql`
  mutation ordersCancelMutation($input: CancelOrderInput!) {
    cancelOrder(input: $input) {
      order {
        id
        ...ordersRow_order @arguments(details: true)
      }
      userErrors {
        code
        message
      }
    }
  }
`;

graphql`
  subscription ordersWatchSubscription($id: ID!, $after: Position) {
    orderChanged(id: $id, after: $after) {
      position
      order {
        ...ordersRow_order
      }
    }
  }
`;
