// The reference of the API: the list follows what is typed; the form asks the
// server for the same where no script runs.

import { once } from "./page";

export function filterReference(root: ParentNode): void {
  for (const form of once<HTMLFormElement>(root, "form[data-reference]")) {
    const field = form.querySelector<HTMLInputElement>("input[type=search]");
    const count = form.querySelector<HTMLElement>("[data-reference-count]");
    if (field === null) {
      continue;
    }
    form.addEventListener("submit", (event) => event.preventDefault());
    const words = form.dataset["reference"] ?? "";
    const narrow = (): void => {
      let shown = 0;
      const asked = fold(field.value).split(/\s+/).filter((w) => w !== "");
      for (const group of document.querySelectorAll<HTMLElement>("[data-reference-group]")) {
        let here = 0;
        for (const item of group.querySelectorAll<HTMLElement>("[data-find]")) {
          const text = item.dataset["find"] ?? "";
          item.hidden = !asked.every((w) => text.includes(w));
          here += item.hidden ? 0 : 1;
        }
        group.hidden = here === 0;
        shown += here;
      }
      if (count !== null) {
        count.textContent = asked.length === 0 ? "" : words.replace("{0}", String(shown));
      }
    };
    field.addEventListener("input", narrow);
    if (field.value !== "") {
      narrow();
    }
  }
}

// fold makes words comparable as the server does: no marks, đ as d, lower case.
function fold(text: string): string {
  return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();
}
