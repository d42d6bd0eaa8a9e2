// The form that takes sample files: which were chosen, and that they are being
// looked at. Without JavaScript it posts as any form does.
//
//   <form data-samples>
//     <input type="file" multiple>
//     [data-samples-names] the names, [data-samples-wait] shown while it waits
//   </form>

import { once } from "./page";

export function nameSamples(root: ParentNode): void {
  for (const form of once<HTMLFormElement>(root, "form[data-samples]")) {
    const files = form.querySelector<HTMLInputElement>('input[type="file"]');
    const names = form.querySelector<HTMLElement>("[data-samples-names]");
    files?.addEventListener("change", () => {
      if (names !== null && files.files !== null && files.files.length > 0) {
        names.textContent = [...files.files].map((file) => file.name).join(", ");
      }
    });
    form.addEventListener("submit", () => {
      form.querySelector<HTMLElement>("[data-samples-wait]")?.removeAttribute("hidden");
      form.querySelector<HTMLButtonElement>('button[type="submit"]')?.classList.add("disabled");
    });
    // Back from the next page the form is as it was.
    addEventListener("pageshow", () => {
      form.querySelector<HTMLElement>("[data-samples-wait]")?.setAttribute("hidden", "");
      form.querySelector<HTMLButtonElement>('button[type="submit"]')?.classList.remove("disabled");
    });
  }
}
