// What the server is asked, and what it says when it will not answer.

const KEY = "camcount-token";

export function token() {
  const told = new URLSearchParams(location.hash.slice(1)).get("token");
  if (told) {
    sessionStorage.setItem(KEY, told);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(KEY) || "";
}

export function rememberToken(told) {
  sessionStorage.setItem(KEY, told);
}

function headers() {
  return token() ? { Authorization: `Bearer ${token()}` } : {};
}

export class Refused extends Error {
  constructor(status, said) {
    super(said);
    this.status = status;
  }
}

async function ask(path, settings = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...settings, headers: headers() });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "The server does not answer. Is it still running?");
  }
  const told = await answer.json().catch(() => ({ error: `The server answered ${answer.status}.` }));
  if (!answer.ok) throw new Refused(answer.status, told.error);
  return told;
}

export function read(picture, options, signal) {
  return ask(`/v1/read?${new URLSearchParams(options)}`, { method: "POST", body: picture, signal });
}

export function explain(picture, options) {
  return ask(`/v1/explain?${new URLSearchParams(options)}`, { method: "POST", body: picture });
}

// Asked quietly, again and again, while the server is gone.
export async function serverLives() {
  const answer = await fetch("/healthz").catch(() => null);
  return Boolean(answer?.ok);
}

export function model() {
  return ask("/v1/model");
}

export function openStream() {
  const words = ["camcount"];
  if (token()) {
    const bytes = String.fromCharCode(...new TextEncoder().encode(token()));
    words.push("token." + btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""));
  }
  const kind = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${kind}://${location.host}/v1/stream`, words);
  socket.binaryType = "arraybuffer";
  return socket;
}
