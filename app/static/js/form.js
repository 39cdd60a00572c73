// A form: Ctrl+S saves, Ctrl+Enter saves and goes on, unsaved changes are guarded, only touched fields are sent as changed.
import { confirmed } from "./dialogs.js";
import { openTab } from "./tabs.js";
import { text, whenShown } from "./page.js";

const form = () => document.getElementById("record-form");
let shown = new Map();
let leaving = false;

function contents(target) {
  const found = new Map();
  for (const [name, value] of new FormData(target)) {
    if (name.startsWith("_") || name === "csrf_token" || name === "revision") continue;
    found.set(name, [...(found.get(name) ?? []), value]);
  }
  return found;
}

/** The fields that differ from what the server sent; of lines, the field that holds them. */
function touched(target) {
  const now = contents(target);
  const names = new Set(target.dataset.changed ? target.dataset.changed.split(",") : []);
  for (const name of new Set([...now.keys(), ...shown.keys()])) {
    if (String(now.get(name)) !== String(shown.get(name))) names.add(name.split(/[.-]/)[0]);
  }
  return names;
}

const unsaved = () => form() && !leaving && touched(form()).size > 0;

whenShown(() => {
  leaving = false;
  shown = form() ? contents(form()) : new Map();
  document.getElementById("error-summary")?.focus();
  if (form()?.classList.contains("is-new") && !document.getElementById("error-summary")) {
    const first = [...form().querySelectorAll(".value input.field-input, .value textarea")].find((field) => field.offsetParent);
    first?.focus();
  }
});

// What is on its way is not sent again: a double click saves once. An answer brings a new form, or the old one may try again.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else if (event.target === form()) {
    setNames(event.target);
    event.target.dataset.sent = "yes";
  }
}, true);
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target === form() && !event.detail.successful) delete event.target.dataset.sent;
});
document.addEventListener("submit", (event) => {
  const plain = event.target !== form() && event.target.getAttribute("method") === "post" && !event.defaultPrevented;
  if (plain) event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const each of document.querySelectorAll("form[data-sent]")) delete each.dataset.sent;
});
document.addEventListener("htmx:configRequest", (event) => {
  if (event.target !== form()) return;
  event.detail.parameters._changed = [...touched(form())].join(",");
});

function setNames(target) {
  let field = target.elements._changed;
  if (!field) {
    field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "_changed" });
    target.append(field);
  }
  field.value = [...touched(target)].join(",");
}

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || !form() || document.querySelector("dialog[open]")) return;
  const saves = event.code === "KeyS";
  if (!saves && event.key !== "Enter") return;
  event.preventDefault();
  form().elements._next.value = saves ? "" : form().dataset.next;
  form().requestSubmit(document.getElementById("save-button"));
});

window.addEventListener("beforeunload", (event) => {
  if (unsaved()) event.preventDefault();
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || link.target) return;
  if (link.dataset.goto) {
    event.preventDefault();
    reach(link.dataset.goto);
  } else if (unsaved() && !link.getAttribute("href").startsWith("#")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (await confirmed(text("unsaved"))) {
      leaving = true;
      link.click();
    }
  }
}, true);

document.addEventListener("submit", async (event) => {
  const target = event.target;
  if (target === form() || target.method === "dialog" || target.matches("[role=search]") && !unsaved()) return;
  if (!unsaved() || target.dataset.sure) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = event.submitter;
  if (await confirmed(text("unsaved"))) {
    leaving = true;
    target.dataset.sure = "yes";
    target.requestSubmit(submitter);
  }
}, true);

/** Focus a field, opening the tab that holds it. */
function reach(id) {
  const field = document.getElementById(id);
  if (!field) return;
  const panel = field.closest("[role=tabpanel]");
  if (panel?.hidden) openTab(document.getElementById(panel.getAttribute("aria-labelledby")));
  field.focus();
  field.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-status] button");
  if (!step || step.disabled) return;
  const bar = step.closest("[data-status]");
  for (const other of bar.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === step));
  const input = bar.querySelector("input");
  input.value = step.value;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
