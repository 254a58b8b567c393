// What was read, when and from where: to look at, copy and keep.

const rows = [];
const sheets = new WeakMap();
const table = document.getElementById("history");
const MOST = 500;

// A drawing that is read anew takes the place of what was read of the same sheet.
export function keep(source, reading, sheet = 0) {
  if (!reading.text) return;
  const old = sheet ? rows.findIndex((row) => sheets.get(row) === sheet) : 0;
  if (rows[old]?.text === reading.text && rows[old].source === source) return;
  if (sheet && old >= 0) rows.splice(old, 1);
  const confidence = Math.min(...reading.lines.map((line) => line.confidence));
  rows.unshift({ at: new Date().toISOString(), source, text: reading.text, confidence });
  if (sheet) sheets.set(rows[0], sheet);
  rows.length = Math.min(rows.length, MOST);
  render();
}

function render() {
  table.replaceChildren(
    ...rows.map((row) => {
      const line = document.createElement("tr");
      const time = new Date(row.at).toLocaleTimeString();
      for (const words of [time, row.source, row.text]) line.insertCell().textContent = words;
      return line;
    }),
  );
}

function save(name, kind, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: kind }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function csv() {
  const quote = (value) => `"${String(value).replaceAll('"', '""')}"`;
  const lines = rows.map((row) => [row.at, row.source, row.text, row.confidence].map(quote).join(","));
  return ["at,source,text,confidence", ...lines].join("\n") + "\n";
}

export function startHistory(notice) {
  const on = (name, act) => document.getElementById(name).addEventListener("click", act);
  on("copy", async () => {
    try {
      await navigator.clipboard.writeText(rows.map((row) => row.text).join("\n"));
      notice("");
    } catch {
      notice("The browser does not let this page copy. Use CSV or JSON.");
    }
  });
  on("save-csv", () => save("readings.csv", "text/csv", csv()));
  on("save-json", () => save("readings.json", "application/json", JSON.stringify(rows, null, 1)));
  on("forget", () => {
    rows.length = 0;
    render();
  });
}
