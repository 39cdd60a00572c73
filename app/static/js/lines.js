// Rows of a one2many edited in place: add, remove, bring back. New rows are copies of the server's blank row.
let fresh = 0;

function add(box) {
  const blank = box.querySelector("template").innerHTML.replaceAll("__n__", `n${Date.now().toString(36)}${fresh++}`);
  const body = box.querySelector("tbody");
  body.insertAdjacentHTML("beforeend", blank);
  const row = body.lastElementChild;
  row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

function remove(row) {
  const box = row.closest("[data-lines]");
  const gone = row.querySelector('input[name$="-gone"]');
  const saved = row.querySelector('input[name$="-id"]').value;
  const next = row.nextElementSibling ?? row.previousElementSibling;
  if (saved) {
    gone.value = gone.value ? "" : "1";
    row.classList.toggle("gone", gone.value === "1");
  } else {
    row.remove();
    (next?.querySelector("[data-remove-line]") ?? box.querySelector("[data-add-line]"))?.focus();
  }
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const adder = event.target.closest("[data-add-line]");
  if (adder) add(adder.closest("[data-lines]"));
  const remover = event.target.closest("[data-remove-line]");
  if (remover) remove(remover.closest("tr"));
});

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("table.lines tbody tr");
  if (!row || event.ctrlKey || event.metaKey) return;
  if (event.key === "Enter" && !event.defaultPrevented && event.target.matches("input:not([role=combobox])")) {
    event.preventDefault();
    if (!row.nextElementSibling) {
      const adder = row.closest("[data-lines]").querySelector("[data-add-line]");
      if (adder) adder.click();
    } else row.nextElementSibling.querySelector("input:not([type=hidden]), select")?.focus();
  }
});
