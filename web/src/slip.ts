// Buttons that only a script can serve: [data-print] prints the page,
// [data-copy="#id"] copies the text of a field and says so with the words of
// data-copied.

import { once } from "./page";

export function offerCopies(root: ParentNode): void {
  for (const button of once<HTMLButtonElement>(root, "[data-print]")) {
    button.addEventListener("click", () => window.print());
  }
  for (const button of once<HTMLButtonElement>(root, "[data-copy]")) {
    button.addEventListener("click", () => void copy(button));
  }
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const field = document.querySelector<HTMLTextAreaElement>(button.dataset["copy"] ?? "");
  if (field === null) {
    return;
  }
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset["copied"] ?? "";
  } catch {
    field.focus(); // the browser keeps the clipboard to itself: the text is selected
  }
}
