// Menus made of <details>: one open at a time, closed by Escape and by a click outside; arrows walk through them.
const openDrops = () => [...document.querySelectorAll("details.drop[open]")];

document.addEventListener("click", (event) => {
  for (const drop of openDrops()) if (!drop.contains(event.target)) drop.open = false;
  const drawer = event.target.closest("[data-drawer]");
  if (drawer) {
    drawer.setAttribute("aria-expanded", String(document.body.classList.toggle("nav-open")));
    if (document.body.classList.contains("nav-open")) document.querySelector("#nav a")?.focus();
  } else if (!event.target.closest("#nav")) closeDrawer();
});

function closeDrawer() {
  if (!document.body.classList.contains("nav-open")) return;
  document.body.classList.remove("nav-open");
  document.querySelector("[data-drawer]")?.setAttribute("aria-expanded", "false");
}

document.addEventListener("keydown", (event) => {
  const drop = event.target.closest?.("details.drop[open]");
  if (event.key === "Escape") {
    closeDrawer();
    if (drop) {
      drop.open = false;
      drop.querySelector("summary").focus();
      event.preventDefault();
    }
  }
  if (!drop || !["ArrowDown", "ArrowUp"].includes(event.key) || event.target.matches("select, input")) return;
  const stops = [...drop.querySelectorAll("summary, .drop-menu a, .drop-menu button, .drop-menu input, .drop-menu select")];
  const step = event.key === "ArrowDown" ? 1 : -1;
  stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length]?.focus();
  event.preventDefault();
});
