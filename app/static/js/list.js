// A list: rows open by click and Enter, arrows move, Space selects; the selection counts and offers "all found".
const rowsOf = (table) => [...table.tBodies[0].rows];
const linkOf = (row) => row.querySelector("a[href]");
const form = () => document.getElementById("selection-form");

document.addEventListener("click", (event) => {
  const row = event.target.closest("table[data-list] tbody tr");
  if (!row || event.target.closest("a, input, label, button") || String(getSelection())) return;
  if (event.target.closest(".tick")) row.querySelector(".tick input").click();
  else if (event.ctrlKey || event.metaKey) window.open(linkOf(row).href);
  else linkOf(row).click();
});

document.addEventListener("keydown", (event) => {
  const table = document.querySelector("table[data-list]");
  if (!table || event.ctrlKey || event.altKey || event.metaKey) return;
  const active = document.activeElement;
  const row = active.closest?.("table[data-list] tbody tr");
  if (!row && active !== document.body && active.id !== "page") return;
  if (["ArrowDown", "ArrowUp"].includes(event.key)) {
    const rows = rowsOf(table);
    const next = rows[row ? rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1) : 0];
    if (next) linkOf(next).focus();
    event.preventDefault();
  } else if (event.key === " " && row && active.matches("a")) {
    row.querySelector(".tick input").click();
    event.preventDefault();
  }
});

document.addEventListener("change", (event) => {
  if (!event.target.closest("#selection-form")) return;
  if (event.target.matches("[data-all]")) {
    for (const box of form().querySelectorAll("tbody .tick input")) box.checked = event.target.checked;
  }
  form().elements.all.value = "";
  showSelection();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-choose-all]");
  if (!button) return;
  for (const box of form().querySelectorAll(".tick input")) box.checked = true;
  form().elements.all.value = "1";
  showSelection();
});

function showSelection() {
  const boxes = [...form().querySelectorAll("tbody .tick input")];
  const chosen = boxes.filter((box) => box.checked);
  const all = form().elements.all.value === "1";
  for (const box of boxes) box.closest("tr").classList.toggle("chosen", box.checked);
  const head = form().querySelector("[data-all]");
  head.checked = chosen.length === boxes.length;
  head.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
  const bar = form().querySelector("[data-selection]");
  bar.hidden = chosen.length === 0;
  const more = bar.querySelector("[data-choose-all]");
  bar.querySelector("[data-chosen]").textContent = all ? more.dataset.text : more.dataset.chosen.replace("%s", chosen.length);
  more.hidden = all || Number(more.dataset.total) <= chosen.length;
}
