// The same request as a command of curl, in Python and in JavaScript.

const KEY = "YOUR-KEY";
const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const indented = (text) => text.replaceAll("\n", "\n    ");
const PYTHON = { true: "True", false: "False", null: "None" };

/** Turn a JSON text into the same value of Python. */
const python = (text) => text.replace(/"(?:[^"\\]|\\.)*"|\b(?:true|false|null)\b/g, (found) => PYTHON[found] ?? found);

/** All headers of a request; `type` says whether its body needs one. */
const allHeaders = ({ headers, type }, hasKey, hasType) => [
  ...(hasKey ? [["Authorization", `Bearer ${KEY}`]] : []),
  ...(hasType ? [["Content-Type", type]] : []),
  ...headers,
];

const isJsonBody = ({ body, type }) => Boolean(body) && type === "application/json" && isValid(body);

/** Render a request `{ method, url, headers, body, type }` in a language; `hasKey` adds a key that is not shown. */
export const SNIPPETS = {
  curl(request, hasKey) {
    const { method, url, body } = request;
    const all = allHeaders(request, hasKey, body);
    return [
      `curl ${method === "GET" ? "" : `-X ${method} `}${shell(url)}`,
      ...all.map(([name, value]) => `-H ${shell(`${name}: ${value}`)}`),
      ...(body ? [`--data-binary ${shell(body)}`] : []),
    ].join(" \\\n  ");
  },

  python(request, hasKey) {
    const { method, url, body } = request;
    const isJson = isJsonBody(request);
    const all = allHeaders(request, hasKey, body && !isJson);
    const given = [
      JSON.stringify(url),
      ...(all.length ? [`headers=${JSON.stringify(Object.fromEntries(all))}`] : []),
      ...(isJson ? [`json=${indented(python(JSON.stringify(JSON.parse(body), null, 4)))}`] : body ? [`content=${JSON.stringify(body)}`] : []),
    ];
    return `import httpx  # pip install httpx\n\nanswer = httpx.${method.toLowerCase()}(\n    ${given.join(",\n    ")},\n)\nanswer.raise_for_status()\nprint(answer.text)`;
  },

  javascript(request, hasKey) {
    const { method, url, body } = request;
    const isJson = isJsonBody(request);
    const all = allHeaders(request, hasKey, body);
    const given = [
      ...(method === "GET" ? [] : [`method: ${JSON.stringify(method)}`]),
      ...(all.length ? [`headers: ${JSON.stringify(Object.fromEntries(all))}`] : []),
      ...(body ? [`body: ${isJson ? `JSON.stringify(${JSON.stringify(JSON.parse(body))})` : JSON.stringify(body)}`] : []),
    ];
    const options = given.length ? `, {\n  ${given.join(",\n  ")},\n}` : "";
    return `const answer = await fetch(${JSON.stringify(url)}${options});\nconsole.log(answer.status, await answer.text());`;
  },
};

function isValid(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
