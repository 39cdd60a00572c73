// Helpers shared by the modules: texts in the user's language, and a call for every new content of the page.

/** A sentence of the frame, filled in: text("create", {text: "Ann"}). */
export function text(name, values = {}) {
  const found = document.getElementById("texts")?.dataset[name] ?? "";
  return found.replace(/%\((\w+)\)s/g, (_, key) => values[key] ?? "");
}

/** Run now and after every swap, with the new element. */
export function whenShown(run) {
  const start = () => run(document.getElementById("page") ?? document.body);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  document.addEventListener("htmx:afterSettle", (event) => run(event.detail.target ?? event.target));
}

/** The token that every request which changes something carries. */
export function token() {
  return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";
}
