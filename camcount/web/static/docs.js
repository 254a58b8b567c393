// The API, from its OpenAPI document.

const add = (parent, name, words = "") => {
  const made = document.createElement(name);
  made.textContent = words;
  parent.append(made);
  return made;
};

// Words with `code` among them.
const write = (parent, name, words) => {
  const made = add(parent, name);
  words.replaceAll("\n", " ").split("`").forEach((part, i) => add(made, i % 2 ? "code" : "span", part));
};

// As much Markdown as the description uses.
const describe = (parent, told) => {
  for (const block of told.trimEnd().split("\n\n")) {
    if (block.startsWith("## ")) add(parent, "h2", block.slice(3));
    else if (block.startsWith("    ")) add(parent, "pre", block.replaceAll(/^ {4}/gm, ""));
    else if (block.startsWith("- ")) {
      const list = add(parent, "ul");
      for (const item of block.slice(2).split("\n- ")) write(list, "li", item);
    } else write(parent, "p", block);
  }
};

document.getElementById("curl").textContent = `curl --data-binary @photo.jpg ${location.origin}/v1/read`;
const api = await (await fetch("/openapi.json")).json();
describe(document.getElementById("about"), api.info.description);
const routes = document.getElementById("routes");
for (const [path, methods] of Object.entries(api.paths)) {
  for (const [method, route] of Object.entries(methods)) {
    const part = add(routes, "article");
    add(part, "h2", `${method.toUpperCase()} ${path}`);
    add(part, "p", [route.summary, route.description].filter(Boolean).join(". "));
    const list = add(part, "ul");
    for (const option of route.parameters || []) {
      const kinds = option.schema.anyOf || [option.schema];
      const values = kinds.flatMap((kind) => kind.enum || (kind.const ? [kind.const] : kind.type === "null" ? [] : [kind.type]));
      add(list, "li", `${option.name}: ${values.join(", ")}. ${option.description || ""}`);
    }
    const kinds = Object.keys(route.requestBody?.content || {});
    if (kinds.length) add(part, "p", `Body: ${kinds.join(", ")}`);
    const example = route.responses["200"]?.content?.["application/json"]?.example;
    if (example) add(part, "pre", JSON.stringify(example, null, 1));
    const refused = Object.entries(route.responses).filter(([status]) => /^[45]\d\d$/.test(status));
    if (refused.length) add(part, "p", refused.map(([status, told]) => `${status}: ${told.description}`).join(" "));
  }
}
