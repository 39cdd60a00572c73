// Days are typed as the portal writes them; the button opens the browser's own calendar and writes what was chosen.
const russian = () => document.documentElement.lang === "ru";

/** What a typed day means, as an ISO text for the calendar; empty where it is none (the server says so when saving). */
function meant(typed) {
  const numbers = typed.match(/^(\d{1,2})[.,/ -]+(\d{1,2})[.,/ -]+(\d{4})$/);
  if (numbers) return `${numbers[3]}-${numbers[2].padStart(2, "0")}-${numbers[1].padStart(2, "0")}`;
  if (/^\d{4}-\d\d-\d\d$/.test(typed)) return typed;
  const words = Date.parse(`${typed} UTC`);
  return Number.isNaN(words) ? "" : new Date(words).toISOString().slice(0, 10);
}

function written(iso) {
  const [year, month, day] = iso.split("-");
  if (russian()) return `${day}.${month}.${year}`;
  const name = new Date(`${iso}T00:00Z`).toLocaleDateString("en-US", { month: "short", timeZone: "UTC" });
  return `${Number(day)} ${name} ${year}`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pick]");
  if (!button) return;
  const input = button.parentElement.querySelector(".field-input");
  const calendar = document.createElement("input");
  Object.assign(calendar, { type: "date", className: "date-native", tabIndex: -1, value: meant(input.value.trim()) });
  calendar.setAttribute("aria-hidden", "true");
  button.parentElement.querySelector(".date-native")?.remove();
  button.before(calendar);
  calendar.addEventListener("change", () => {
    input.value = calendar.value ? written(calendar.value) : "";
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  calendar.showPicker();
});
