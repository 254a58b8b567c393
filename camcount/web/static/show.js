// A reading on the page: the number large, its digits with what else they might be, why nothing is read.

const byId = (name) => document.getElementById(name);

function percent(share) {
  if (share < 0.005) return "< 1 %";
  return share < 0.995 ? `${Math.round(100 * share)} %` : "> 99 %";
}

function picture(source, alt) {
  const image = new Image();
  image.src = source;
  image.alt = alt;
  return image;
}

function bar([value, share]) {
  const row = document.createElement("div");
  row.className = "bar";
  const meter = document.createElement("meter");
  meter.value = share;
  meter.setAttribute("aria-label", `${value}: ${percent(share)}`);
  row.append(value, meter, percent(share));
  return row;
}

function digit(told) {
  const item = document.createElement("li");
  const bars = document.createElement("div");
  bars.append(...told.top.map(bar));
  item.append(told.crop ? picture(told.crop, `what the model saw of ${told.value}`) : "", bars);
  return item;
}

// Digits less sure than the slider read as ?.
export function doubt(told) {
  for (const line of told.lines) {
    for (const digit of line.digits) if (digit.confidence < minConfidence()) digit.value = "?";
    const values = line.digits.map((digit) => digit.value);
    line.text = line.text.replaceAll(/\S/g, () => values.shift());
  }
  told.text = told.lines.map((line) => line.text).join("\n");
  return told;
}

// What is filmed is stable or tentative; what stands still is read.
export function showReading(reading, stable) {
  const number = byId("number");
  if (number.textContent !== reading.text) number.textContent = reading.text;
  number.classList.toggle("tentative", stable === false);
  const how = stable === undefined ? "read" : stable ? "stable" : "tentative ?";
  byId("state").textContent = reading.text ? `${how}, ${reading.elapsed_ms.toFixed(0)} ms` : reading.why || "";
  // What is doubtful is shown, but not announced as if it were so.
  if (stable !== false && byId("announced").textContent !== reading.text) byId("announced").textContent = reading.text;
  byId("digits").replaceChildren(...reading.lines.flatMap((line) => line.digits.map(digit)));
}

// What was filmed stands on, but is watched no longer.
export function showLast() {
  if (byId("number").textContent) byId("state").textContent = "last seen";
}

export function showMarks(told) {
  byId("heat").hidden = !told.marks.length;
  if (told.marks.length) byId("heat-picture").src = told.picture;
  else byId("heat-picture").removeAttribute("src");
  byId("marks").replaceChildren(
    ...told.marks.map((mark) => {
      const item = document.createElement("li");
      const words = document.createElement("p");
      const head = mark.read ? `${mark.value} rather than ${mark.rival}` : "not read";
      words.append(`${head}: ${mark.reason}`);
      item.append(picture(mark.picture, `ink that spoke for and against: ${head}`), words);
      return item;
    }),
  );
}

export function showNothing(why = "") {
  showReading({ text: "", lines: [], why, elapsed_ms: 0 });
  showMarks({ marks: [] });
}

export function notice(words) {
  byId("notice").textContent = words;
  byId("notice").hidden = !words;
}

export function minConfidence() {
  return Number(byId("confidence").value);
}
