// Short words about what was done, and a line that shows that something takes long.
import { text, whenShown } from "./page.js";

export function toast(message) {
  const box = document.getElementById("toasts");
  if (!box || !message) return;
  const line = document.createElement("div");
  line.className = "toast-line";
  line.textContent = message;
  box.append(line);
  setTimeout(() => line.remove(), 5000);
}

whenShown(() => {
  for (const note of document.querySelectorAll("[data-toast]")) {
    toast(note.dataset.toast);
    note.remove();
  }
});
for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => toast(text("failed")));
document.addEventListener("htmx:responseError", (event) => {
  const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  toast(page.querySelector("h1")?.textContent ?? text("failed"));
});
document.addEventListener("htmx:beforeRequest", () => document.body.classList.add("busy"));
document.addEventListener("htmx:afterRequest", () => document.body.classList.remove("busy"));
