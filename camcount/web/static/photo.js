// A photo: chosen, dropped, pasted or taken; shown with its reading, larger at will.

const image = document.getElementById("annotated");
const drop = document.getElementById("drop");
let zoom = 1;

function resize() {
  const fitting = drop.clientWidth - 8;
  image.style.width = `${Math.max(40, Math.round(fitting * zoom))}px`;
}

export function startPhotos(onPhoto) {
  for (const name of ["file", "shot"]) {
    const input = document.getElementById(name);
    input.addEventListener("change", () => {
      if (input.files[0]) onPhoto(input.files[0]);
      input.value = "";
    });
  }
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
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
  document.getElementById("zoom").addEventListener("wheel", (event) => {
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
