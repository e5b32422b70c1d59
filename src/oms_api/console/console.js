"use strict";

const find = (id) => document.getElementById(id);
const [query, variables, token, operation] = ["query", "variables", "token", "operation"].map(find);
const KEPT = { query, variables };

const EXAMPLE = `# Put "Bearer" and a token (oms token --role admin) into the field above.
query Orders {
  orders(first: 5) {
    nodes { number placedAt status total { amount currency } }
    pageInfo { hasNextPage endCursor }
  }
}
`;

const INTROSPECTION = `query Introspection { __schema { types {
  name kind description
  fields { name description type { ...T } args { name type { ...T } } }
  inputFields { name description type { ...T } }
  enumValues { name description }
} } }
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

async function ask(body) {
  const headers = { "Content-Type": "application/json" };
  if (token.value.trim()) headers.Authorization = token.value.trim().replace(/^(?!Bearer )/i, "Bearer ");
  const answer = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify(body) });
  return { status: answer.status, json: await answer.json() };
}

function operations() {
  return [...query.value.matchAll(/^\s*(?:query|mutation)\s+(\w+)/gm)].map((found) => found[1]);
}

function offerOperations() {
  const chosen = operation.value;
  operation.replaceChildren(...operations().map((name) => new Option(name, name)));
  if (operations().includes(chosen)) operation.value = chosen;
}

function show(value) {
  find("result").textContent = typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

async function run() {
  const started = performance.now();
  try {
    const body = { query: query.value };
    if (variables.value.trim()) body.variables = JSON.parse(variables.value);
    if (operations().length > 1) body.operationName = operation.value;
    const { status, json } = await ask(body);
    find("took").textContent = `${status} in ${Math.round(performance.now() - started)} ms`;
    show(json);
  } catch (error) {
    find("took").textContent = "";
    show(String(error));
  }
}

const typeName = (type) => {
  if (type.kind === "NON_NULL") return `${typeName(type.ofType)}!`;
  return type.kind === "LIST" ? `[${typeName(type.ofType)}]` : type.name;
};

function element(tag, text, ...children) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function member(field) {
  const args = (field.args || []).map((arg) => `${arg.name}: ${typeName(arg.type)}`).join(", ");
  const type = field.type ? `: ${typeName(field.type)}` : "";
  return [
    element("dt", `${field.name}${args ? `(${args})` : ""}${type}`),
    element("dd", field.description || ""),
  ];
}

function describe(type) {
  const members = type.fields || type.inputFields || type.enumValues || [];
  const made = element("details", "", element("summary", type.name), element("p", type.description));
  made.append(element("dl", "", ...members.flatMap(member)));
  made.dataset.words = [type.name, ...members.map((field) => field.name)].join(" ").toLowerCase();
  return made;
}

async function loadDocs() {
  const { json } = await ask({ query: INTROSPECTION });
  if (!json.data) return find("docs").replaceChildren(element("p", json.errors[0].message));
  const rank = { Query: 0, Mutation: 1 };
  const types = json.data.__schema.types.filter((type) => !type.name.startsWith("__"));
  types.sort((a, b) => (rank[a.name] ?? 2) - (rank[b.name] ?? 2) || a.name.localeCompare(b.name));
  find("docs").replaceChildren(...types.map(describe));
}

find("search").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const type of document.querySelectorAll("details")) {
    type.hidden = !type.dataset.words.includes(wanted);
    type.open = Boolean(wanted) && !type.hidden;
  }
});
find("run").addEventListener("click", run);
token.addEventListener("change", () => {
  sessionStorage.setItem("token", token.value);
  loadDocs().catch((error) => show(String(error)));
});
query.addEventListener("input", offerOperations);
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") run();
});
for (const [name, field] of Object.entries(KEPT)) {
  field.value = localStorage.getItem(name) ?? (name === "query" ? EXAMPLE : "");
  field.addEventListener("input", () => localStorage.setItem(name, field.value));
}
token.value = sessionStorage.getItem("token") || "";
offerOperations();
loadDocs().catch((error) => show(String(error)));
