// [data-copy-code="#id"] copies the text of an element and says so, for a moment,
// with the words of data-copied.

import { once } from "./page";

export function copyCode(root: ParentNode): void {
  for (const button of once<HTMLButtonElement>(root, "[data-copy-code]")) {
    const words = button.textContent ?? "";
    button.addEventListener("click", () => void copy(button, words));
  }
}

async function copy(button: HTMLButtonElement, words: string): Promise<void> {
  const source = document.querySelector<HTMLElement>(button.dataset["copyCode"] ?? "");
  if (source === null) {
    return;
  }
  try {
    await navigator.clipboard.writeText(source.textContent ?? "");
    button.textContent = button.dataset["copied"] ?? words;
    window.setTimeout(() => (button.textContent = words), 2000);
  } catch {
    // The browser keeps the clipboard to itself: the text is selected instead.
    const range = document.createRange();
    range.selectNodeContents(source);
    const selection = window.getSelection();
    selection?.removeAllRanges();
    selection?.addRange(range);
    source.focus();
  }
}
