// Subscribe with the reference clients graphql-ws and graphql-sse: node live.mjs WISHES.
// WISHES is JSON: url, token, position, id (of an order), note (a mutation that changes it), types.
// Prints what each client was told, as JSON.
import { createClient as overEvents } from 'graphql-sse';
import { createClient as overWebSocket } from 'graphql-ws';
import WebSocket from 'ws';

const wishes = JSON.parse(process.argv[2]);
const headers = { authorization: `Bearer ${wishes.token}` };
const ORDER = 'subscription Order($id: ID!) { orderChanged(id: $id) { position order { version } } }';
const LOG = `subscription Log($after: Position, $types: [String!]) {
  eventLog(after: $after, types: $types) { position type } }`;

async function note(text) {
  const body = JSON.stringify({ query: wishes.note, variables: { text } });
  const sent = { ...headers, 'content-type': 'application/json' };
  await (await fetch(wishes.url, { method: 'POST', headers: sent, body })).json();
}

/** Take so many messages, doing something after each; or the errors that came instead. */
async function taken(client, request, count, after = async () => {}) {
  const found = [];
  try {
    for await (const message of client.iterate(request)) {
      found.push(message);
      if (found.length === count) break;
      await after(found.length);
    }
  } catch (error) {
    return Array.isArray(error) ? { errors: error } : { failed: String(error) };
  }
  return found;
}

async function told(name, client) {
  const log = { query: LOG, variables: { after: wishes.position, types: wishes.types } };
  const events = await taken(client, log, 4);
  const resumed = { ...log, variables: { ...log.variables, after: events[1].data.eventLog.position } };
  return {
    order: await taken(client, { query: ORDER, variables: { id: wishes.id } }, 3, (i) =>
      note(`${name} ${i}`),
    ),
    events,
    resumed: await taken(client, resumed, 2),
    query: await taken(client, { query: '{ orders(first: 1) { nodes { number } } }' }, 5),
    invalid: await taken(client, { query: 'subscription { nothing }' }, 1),
    missing: await taken(client, { query: LOG, variables: { types: ['Nothing'] } }, 1),
  };
}

const socket = overWebSocket({
  url: wishes.url.replace('http', 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: headers,
  retryAttempts: 0,
});
const events = overEvents({ url: wishes.url, headers, retryAttempts: 0 });
const found = { websocket: await told('websocket', socket), events: await told('events', events) };
await socket.dispose();
events.dispose();
console.log(JSON.stringify(found));
