// Completes what is typed into a search box [data-suggest="address"]: a list below
// it, chosen by mouse or by the arrow keys (WAI-ARIA combobox). Without this script
// the box is a form like any other.
import { once, worded } from "./page";

interface Suggestion {
  title: string;
  kind: string;
  address: string;
}

/** How long after a key nothing is asked, in milliseconds. */
const pause = 120;

let boxes = 0;

export function suggestAsTyped(root: ParentNode): void {
  for (const field of once<HTMLInputElement>(root, "input[data-suggest]")) {
    boxes++;
    complete(field, `suggestions-${String(boxes)}`);
  }
}

function complete(field: HTMLInputElement, id: string): void {
  const address = field.dataset["suggest"] ?? "";
  const list = document.createElement("ul");
  list.id = id;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset["suggestLabel"] ?? "");
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", id);
  field.setAttribute("aria-expanded", "false");
  field.after(list);

  let asked: AbortController | null = null;
  let timer = 0;
  let at = -1;

  const options = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[role=option]")];
  const mark = (next: number): void => {
    const all = options();
    at = next;
    all.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    const chosen = all[at];
    if (chosen === undefined) {
      field.removeAttribute("aria-activedescendant");
    } else {
      field.setAttribute("aria-activedescendant", chosen.id);
    }
  };
  const close = (): void => {
    window.clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    mark(-1);
  };
  const show = (found: Suggestion[]): void => {
    list.replaceChildren(
      ...found.map((one, i) => {
        const option = document.createElement("li");
        option.id = `${id}-${String(i)}`;
        option.setAttribute("role", "option");
        option.lang = "vi";
        option.textContent = one.title;
        option.dataset["address"] = one.address;
        option.addEventListener("mousedown", (event) => {
          event.preventDefault();
          open(one);
        });
        return option;
      }),
    );
    mark(-1);
    list.hidden = found.length === 0;
    field.setAttribute("aria-expanded", String(found.length > 0));
  };
  const open = (one: Suggestion): void => {
    if (one.address !== "") {
      window.location.assign(one.address);
      return;
    }
    field.value = one.title;
    field.form?.requestSubmit();
  };
  const ask = async (): Promise<void> => {
    const words = field.value.trim();
    if (words.length < 2) {
      close();
      return;
    }
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(worded(`${address}?q=${encodeURIComponent(words)}`), { signal: asked.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) {
        close();
        return;
      }
      const body = (await answer.json()) as { items: Suggestion[] };
      show(body.items);
    } catch {
      // Asked anew, or nobody answers: the form still searches.
      list.hidden = true;
    }
  };

  field.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), pause);
  });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    const all = options();
    if (list.hidden || all.length === 0) {
      return;
    }
    switch (event.key) {
      case "ArrowDown":
        event.preventDefault();
        mark((at + 1) % all.length);
        break;
      case "ArrowUp":
        event.preventDefault();
        mark((at <= 0 ? all.length : at) - 1);
        break;
      case "Escape":
        event.preventDefault();
        close();
        break;
      case "Enter": {
        const chosen = all[at];
        if (chosen !== undefined) {
          event.preventDefault();
          open({ title: chosen.textContent ?? "", kind: "", address: chosen.dataset["address"] ?? "" });
        }
        break;
      }
      default:
    }
  });
}
