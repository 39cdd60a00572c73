// Links by typeahead: the server finds as one types; arrows, Enter and Escape work; a name may become a new record.
import { text, token } from "./page.js";
import { toast } from "./toasts.js";

const WAIT = 120;
let timer = 0;
let request = null;
let count = 0;

const inputOf = (box) => box.querySelector("[role=combobox]");
const listOf = (box) => box.querySelector("[role=listbox]");

function close(box) {
  listOf(box)?.remove();
  const input = inputOf(box);
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
  input.removeAttribute("aria-controls");
}

function option(label, values, css = "") {
  const item = document.createElement("li");
  item.role = "option";
  item.id = `option-${count++}`;
  item.textContent = label;
  item.className = css;
  Object.assign(item.dataset, values);
  return item;
}

function show(box, found, typed) {
  close(box);
  const list = document.createElement("ul");
  list.role = "listbox";
  list.className = "combo-list";
  list.id = `options-${count++}`;
  list.setAttribute("aria-label", inputOf(box).getAttribute("aria-label") ?? inputOf(box).labels?.[0]?.textContent ?? "");
  list.append(...found.map((each) => option(each.label, { key: each.id })));
  if (typed && "creates" in box.dataset) list.append(option(text("create", { text: typed }), { create: typed }, "combo-new"));
  if (!list.children.length) list.append(option(text("nothing"), {}, "combo-none"));
  box.append(list);
  inputOf(box).setAttribute("aria-expanded", "true");
  inputOf(box).setAttribute("aria-controls", list.id);
  mark(box, list.firstElementChild);
}

function mark(box, item) {
  for (const other of listOf(box).children) other.setAttribute("aria-selected", String(other === item));
  inputOf(box).setAttribute("aria-activedescendant", item.id);
  item.scrollIntoView({ block: "nearest" });
}

async function ask(box) {
  request?.abort();
  request = new AbortController();
  const typed = inputOf(box).value.trim();
  try {
    const answer = await fetch(`${box.dataset.combo}?q=${encodeURIComponent(typed)}`, {
      signal: request.signal,
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) throw new Error(answer.status);
    const found = await answer.json();
    if (document.activeElement === inputOf(box)) show(box, found, typed);
  } catch (error) {
    if (error.name !== "AbortError") toast(text("failed"));
  }
}

function later(box) {
  clearTimeout(timer);
  timer = setTimeout(() => ask(box), WAIT);
}

async function create(box, name) {
  const answer = await fetch(box.dataset.combo, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": token() },
    body: new URLSearchParams({ name }),
  });
  const made = await answer.json();
  if (!answer.ok) throw new Error(made.message);
  return made;
}

async function choose(box, item) {
  let { key, create: name } = item.dataset;
  let label = item.textContent;
  if (name) {
    try {
      ({ id: key, label } = await create(box, name));
    } catch (error) {
      toast(error.message);
      return;
    }
  }
  if (!key) return;
  if (box.dataset.many) addChip(box, key, label);
  else {
    box.querySelector("input[type=hidden]").value = key;
    inputOf(box).value = label;
    inputOf(box).dataset.label = label;
  }
  close(box);
  changed(box);
}

function changed(box) {
  inputOf(box).dispatchEvent(new Event("change", { bubbles: true }));
}

function hidden(name, value) {
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name, value });
  return field;
}

function addChip(box, key, label) {
  const name = box.dataset.many;
  const input = inputOf(box);
  input.value = "";
  if ([...box.querySelectorAll(`input[name="${name}"]`)].some((field) => field.value === String(key))) return;
  const chip = document.createElement("span");
  chip.className = "pill chip";
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.unchip = "";
  button.textContent = "×";
  button.setAttribute("aria-label", label);
  chip.append(hidden(name, key), hidden(`${name}.label`, label), hidden(`${name}.colour`, ""), label, button);
  input.before(chip);
}

document.addEventListener("input", (event) => {
  const box = event.target.closest?.("[data-combo]");
  if (!box) return;
  if (!box.dataset.many) box.querySelector("input[type=hidden]").value = "";
  later(box);
});

document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.("[data-combo]");
  if (!box || event.target !== inputOf(box) || event.ctrlKey || event.metaKey) return;
  const list = listOf(box);
  const marked = list?.querySelector('[aria-selected="true"]');
  if (event.key === "ArrowDown" && !list) later(box);
  else if (event.key === "ArrowDown") mark(box, marked?.nextElementSibling ?? list.firstElementChild);
  else if (event.key === "ArrowUp" && list) mark(box, marked?.previousElementSibling ?? list.lastElementChild);
  else if (event.key === "Enter" && list && marked) choose(box, marked);
  else if (event.key === "Enter") later(box);
  else if (event.key === "Escape" && list) close(box);
  else if (event.key === "Tab" && list && marked?.dataset.key && inputOf(box).value.trim()) {
    choose(box, marked);
    return;
  } else if (event.key === "Backspace" && box.dataset.many && !inputOf(box).value) {
    [...box.querySelectorAll(".chip")].at(-1)?.remove();
    changed(box);
    return;
  } else return;
  event.preventDefault();
});

document.addEventListener("pointerdown", (event) => {
  const item = event.target.closest?.(".combo-list li");
  if (!item) return;
  event.preventDefault();
  choose(item.closest("[data-combo]"), item);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-unchip]");
  if (button) {
    const box = button.closest("[data-combo]");
    button.closest(".chip").remove();
    inputOf(box).focus();
    changed(box);
  } else if (event.target.matches?.("[data-combo] [role=combobox]") && !event.target.value) later(event.target.closest("[data-combo]"));
});

document.addEventListener("focusout", (event) => {
  const box = event.target.closest?.("[data-combo]");
  if (box && event.target === inputOf(box)) {
    clearTimeout(timer);
    close(box);
    if (box.dataset.many) inputOf(box).value = "";
  }
});
