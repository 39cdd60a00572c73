// "visible", "required", "readonly" over the other fields of the form: the same small language as app/ui/conditions.py.
import { whenShown } from "./page.js";
import { openTab } from "./tabs.js";

function valueOf(form, name) {
  if (name === "id") return Number(form.dataset.record);
  const found = form.elements[name];
  if (!found) return undefined;
  const controls = found instanceof RadioNodeList ? [...found] : [found];
  const box = controls.find((control) => control.type === "checkbox");
  if (box) return box.checked;
  const control = controls[0];
  if (control.value === "") return null;
  return control.type === "hidden" && /^\d+$/.test(control.value) ? Number(control.value) : control.value;
}

function leaf([name, operator, wanted], form) {
  const found = valueOf(form, name);
  const same = (left, right) => left === right || (left === null && right === false) || String(left) === String(right);
  if (operator === "=") return same(found, wanted);
  if (operator === "!=") return !same(found, wanted);
  const inside = wanted.some((one) => same(found, one));
  return operator === "in" ? inside : !inside;
}

function next(rest, form) {
  const head = rest.shift();
  if (head === "!") return !next(rest, form);
  if (head === "&" || head === "|") {
    const left = next(rest, form);
    const right = next(rest, form);
    return head === "&" ? left && right : left || right;
  }
  return leaf(head, form);
}

function holds(condition, form) {
  const rest = [...condition];
  let result = true;
  while (rest.length) result = next(rest, form) && result;
  return result;
}

function apply(form) {
  for (const part of form.querySelectorAll("[data-when]")) {
    const when = JSON.parse(part.dataset.when);
    if (when.visible) part.hidden = !holds(when.visible, form);
    if (part.hidden && part.getAttribute("aria-selected") === "true") openTab(part.parentElement.querySelector("[role=tab]:not([hidden])") ?? part);
    if (when.required) {
      const must = holds(when.required, form);
      part.querySelector("label")?.classList.toggle("must", must);
      part.querySelector("input:not([type=hidden]), select, textarea")?.toggleAttribute("required", must);
    }
    if (when.readonly) {
      for (const control of part.querySelectorAll("input, textarea")) control.readOnly = holds(when.readonly, form);
    }
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("#record-form");
  if (form) apply(form);
});
whenShown(() => {
  const form = document.getElementById("record-form");
  if (form) apply(form);
});
