// Light, dark, or as the system says; kept in a cookie so that the server draws the right one at once.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (!button) return;
  const choice = button.dataset.themeChoice;
  const age = choice === "auto" ? 0 : 31536000;
  document.cookie = `theme=${choice}; path=/; max-age=${age}; samesite=lax`;
  if (choice === "auto") document.documentElement.removeAttribute("data-bs-theme");
  else document.documentElement.dataset.bsTheme = choice;
  for (const other of document.querySelectorAll("[data-theme-choice]")) {
    if (other === button) other.setAttribute("aria-current", "true");
    else other.removeAttribute("aria-current");
  }
});
