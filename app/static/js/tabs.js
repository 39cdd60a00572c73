// Tabs of a form: arrows, Home and End move; the tab is kept per form while the browser is open.
import { whenShown } from "./page.js";

const keyOf = (list) => `tab:${location.pathname.replace(/\d+$/, "")}:${list.children.length}`;

export function openTab(tab, focus = false) {
  const list = tab.closest("[role=tablist]");
  for (const other of list.querySelectorAll("[role=tab]")) {
    const on = other === tab;
    other.setAttribute("aria-selected", String(on));
    other.tabIndex = on ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = !on;
  }
  sessionStorage.setItem(keyOf(list), tab.id);
  if (focus) tab.focus();
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (tab) openTab(tab);
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.("[role=tab]");
  if (!tab) return;
  const tabs = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]:not([hidden])")];
  const place = tabs.indexOf(tab);
  const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (next === undefined) return;
  openTab(tabs[(next + tabs.length) % tabs.length], true);
  event.preventDefault();
});

whenShown((root) => {
  for (const list of root.querySelectorAll("[role=tablist]")) {
    const kept = sessionStorage.getItem(keyOf(list));
    const wanted = list.querySelector(".bad") ?? (kept && document.getElementById(kept));
    if (wanted && !wanted.hidden && list.contains(wanted)) openTab(wanted);
  }
});
