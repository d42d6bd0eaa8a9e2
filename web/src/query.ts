// Helps to write a question in SQL: names are put in by a click, the list beside
// the field is narrowed while one types, Ctrl+Enter asks.
import { once, say } from "./page";

export function helpQuestions(root: ParentNode): void {
  for (const field of once<HTMLTextAreaElement>(root, "textarea[data-query]")) {
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        field.form?.requestSubmit();
      }
    });
    for (const name of document.querySelectorAll<HTMLElement>("[data-insert]")) {
      inserts(name, field);
    }
  }
  for (const field of once<HTMLInputElement>(root, "input[data-query-find]")) {
    field.addEventListener("input", () => narrow(field.value));
  }
}

/** Puts a button beside a name that opens nothing, in place of a name in a list. */
function inserts(name: HTMLElement, field: HTMLTextAreaElement): void {
  const text = name.dataset["insert"] ?? "";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "query-insert";
  const summary = name.closest("summary");
  button.addEventListener("click", () => {
    const before = field.value.slice(0, field.selectionStart);
    const gap = before === "" || /[\s(,.]$/.test(before) ? "" : " ";
    field.setRangeText(gap + text, field.selectionStart, field.selectionEnd, "end");
    field.focus();
  });
  if (summary === null) {
    button.textContent = text;
    button.setAttribute("aria-label", say(`Chèn ${text} vào câu hỏi`, `Put ${text} into the question`));
    name.replaceWith(button);
    return;
  }
  // What opens and closes cannot hold another button: it stands first inside.
  button.textContent = say(`Chèn ${text}`, `Put in ${text}`);
  summary.after(button);
}

/** Folds as the server does: no marks, no capitals, đ as d. */
function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("đ", "d").trim();
}

function narrow(words: string): void {
  const wanted = fold(words);
  for (const item of document.querySelectorAll<HTMLElement>("[data-query-sets] > li")) {
    item.hidden = wanted !== "" && !(item.dataset["words"] ?? "").includes(wanted);
  }
}
