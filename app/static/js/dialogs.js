// Questions before what cannot be undone, and the dialog of a conflict between two people.
import { whenShown } from "./page.js";

const ask = () => document.getElementById("ask-dialog");

/** Show a question; resolves to true when it was answered with yes. */
export function confirmed(question) {
  const dialog = ask();
  dialog.querySelector("h2").textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-ask]");
  if (button && !button.dataset.answered) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (await confirmed(button.dataset.ask)) {
      button.dataset.answered = "yes";
      button.click();
      delete button.dataset.answered;
    }
    return;
  }
  const choice = event.target.closest("[data-conflict]");
  if (choice) solve(choice);
}, true);

function solve(choice) {
  const dialog = choice.closest("dialog");
  const form = dialog.closest("form");
  dialog.close();
  if (choice.dataset.conflict === "theirs") {
    const names = document.createElement("input");
    Object.assign(names, { type: "hidden", name: "_theirs", value: dialog.dataset.fields });
    form.append(names);
  }
  form.requestSubmit();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("dialog [data-close]")) event.target.closest("dialog").close();
});
document.addEventListener("change", (event) => {
  const dialog = event.target.closest?.("#shared-dialog");
  const button = dialog?.querySelector("[data-split]");
  if (button) button.disabled = !dialog.querySelector("[name=_use]:checked");
});

whenShown((root) => root.querySelector("dialog[data-open]")?.showModal());
