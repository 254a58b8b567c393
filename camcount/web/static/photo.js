// A photo: chosen, dropped, pasted or taken; shown with its reading, larger at will.

const image = document.getElementById("annotated");
const drop = document.getElementById("drop");
const frame = document.getElementById("zoom");
let zoom = 1;

// What is in the middle stays there.
function resize() {
  const { clientWidth, clientHeight, scrollWidth, scrollHeight, scrollLeft, scrollTop } = frame;
  const x = (scrollLeft + clientWidth / 2) / scrollWidth;
  const y = (scrollTop + clientHeight / 2) / scrollHeight;
  const fitting = drop.clientWidth - 8;
  image.style.width = `${Math.max(40, Math.round(fitting * zoom))}px`;
  frame.scrollLeft = x * frame.scrollWidth - frame.clientWidth / 2;
  frame.scrollTop = y * frame.scrollHeight - frame.clientHeight / 2;
}

const hasFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");

export function startPhotos(onPhoto) {
  for (const name of ["file", "shot"]) {
    const input = document.getElementById(name);
    input.addEventListener("change", () => {
      if (input.files[0]) onPhoto(input.files[0]);
      input.value = "";
    });
  }
  // Anywhere on the page: the browser would leave it for a picture that misses.
  window.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    drop.classList.add("over");
  });
  window.addEventListener("dragleave", (event) => event.relatedTarget || drop.classList.remove("over"));
  window.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files[0]) onPhoto(event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (event) => {
    const pasted = [...event.clipboardData.files].find((file) => file.type.startsWith("image/"));
    if (pasted) onPhoto(pasted);
  });
  const enlarge = (factor) => {
    zoom = Math.min(8, Math.max(0.25, zoom * factor));
    resize();
  };
  document.getElementById("zoom-in").addEventListener("click", () => enlarge(1.5));
  document.getElementById("zoom-out").addEventListener("click", () => enlarge(1 / 1.5));
  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    enlarge(event.deltaY < 0 ? 1.2 : 1 / 1.2);
  }, { passive: false });
  new ResizeObserver(resize).observe(drop);
}

export function showPhoto(reading, name) {
  image.src = reading.annotated;
  image.alt = reading.text ? `${name}, read as ${reading.text}` : `${name}, nothing read`;
  image.hidden = false;
  document.getElementById("drop-hint").hidden = true;
  zoom = 1;
  resize();
}
