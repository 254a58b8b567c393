// The API, from its OpenAPI document.

const add = (parent, name, words = "") => {
  const made = document.createElement(name);
  made.textContent = words;
  parent.append(made);
  return made;
};

document.getElementById("curl").textContent = `curl --data-binary @photo.jpg ${location.origin}/v1/read`;
const api = await (await fetch("/openapi.json")).json();
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
