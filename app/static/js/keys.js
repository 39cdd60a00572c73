// Keys that work everywhere: / searches, N makes a new record, ? shows the keys, arrows walk through what was found.
const typing = (element) => element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "/" || event.code === "Slash" && !event.shiftKey) act(event, search);
  else if (event.key === "?" || event.key === "," && event.shiftKey && event.code === "Slash") act(event, showKeys);
  else if (event.code === "KeyN") act(event, () => document.querySelector('[data-key="n"]')?.click());
});

function act(event, run) {
  event.preventDefault();
  run();
}

function search() {
  const box = document.getElementById("global-search");
  box?.focus();
  box?.select();
}

function showKeys() {
  document.getElementById("keys-dialog")?.showModal();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) showKeys();
  const box = document.getElementById("found");
  if (box && !event.target.closest(".search-box")) box.replaceChildren();
});

document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.(".search-box");
  if (!box) return;
  const found = document.getElementById("found");
  const stops = [box.querySelector("input"), ...found.querySelectorAll("a")];
  if (event.key === "Escape") {
    found.replaceChildren();
    stops[0].focus();
  } else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
    const step = event.key === "ArrowDown" ? 1 : -1;
    stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
  } else if (event.key === "Enter" && event.target === stops[0] && stops.length > 1) {
    stops[1].click();
  } else return;
  event.preventDefault();
});
