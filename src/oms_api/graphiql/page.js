// GraphiQL with a token, subscriptions as server-sent events, and a tab of examples.
'use strict';

const { createElement, useState } = React;
const URL = '/graphql';
const field = document.getElementById('token');
const values = { run: Math.random().toString(36).slice(2, 10) };
let examples = [];

/** Send what the editor has; a subscription is answered message by message. */
async function fetcher(request) {
  const streamed = isSubscription(request);
  const response = await fetch(URL, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: streamed ? 'text/event-stream' : 'application/json',
      ...(field.value.trim() && { Authorization: field.value.trim() }),
    },
    body: JSON.stringify(request),
  });
  if (streamed && response.ok) return messages(response.body.getReader());
  const answer = await response.json();
  keep(request.operationName, answer.data);
  return answer;
}

function isSubscription({ query, operationName }) {
  const document = GraphiQL.GraphQL.parse(query);
  return GraphiQL.GraphQL.getOperationAST(document, operationName)?.operation === 'subscription';
}

async function* messages(reader) {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const events = text.split('\n\n');
      text = events.pop();
      for (const event of events) {
        const data = event.split('\n').find((line) => line.startsWith('data: '));
        if (data) yield JSON.parse(data.slice(6));
      }
    }
  } finally {
    await reader.cancel();
  }
}

/** Remember what later examples name. */
function keep(operationName, data) {
  const example = examples.find((each) => each.document.includes(` ${operationName}(`));
  for (const [name, path] of Object.entries(example?.keeps ?? {})) {
    const found = path.split('.').reduce((at, step) => at?.[step], data);
    if (found != null) values[name] = found;
  }
}

const Examples = () => {
  const { queryEditor, variableEditor } = GraphiQL.React.useEditorContext({ nonNull: true });
  const show = ({ document, variables }) => {
    queryEditor.setValue(document);
    variableEditor.setValue(
      variables.replace(/\{\{(\w+)\}\}/g, (text, name) => values[name] ?? text),
    );
  };
  return createElement(
    'section',
    { 'aria-label': 'Examples' },
    createElement('div', { className: 'graphiql-doc-explorer-title' }, 'Examples'),
    createElement('p', null, 'They build on each other: run them from the top.'),
    createElement(
      'ol',
      { className: 'oms-examples' },
      examples.map((each) =>
        createElement(
          'li',
          { key: each.title },
          createElement('button', { type: 'button', onClick: () => show(each) }, each.title),
          createElement('p', null, each.about),
        ),
      ),
    ),
  );
};

const icon = () =>
  createElement(
    'svg',
    { viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5 },
    createElement('path', { d: 'M4 6h16M4 12h10M4 18h13' }),
  );

const plugins = [{ title: 'Examples', icon, content: Examples }];

const Page = () => {
  const [token, setToken] = useState(field.value);
  field.onchange = () => setToken(field.value);
  // another token may see another schema: begin anew
  return createElement(GraphiQL, {
    key: token,
    fetcher,
    plugins,
    isHeadersEditorEnabled: false,
    defaultQuery: '# Give a token above, then take an example, or write your own.\n',
  });
};

fetch('/graphiql/examples.json')
  .then((response) => response.json())
  .then((found) => {
    examples = found;
    ReactDOM.createRoot(document.getElementById('graphiql')).render(createElement(Page));
  });
