// The menu on a phone: a button [data-menu="id"] opens and shuts the element
// of that id. Without this script the menu stands open (see app.css).

export function menus(): void {
  document.documentElement.classList.add("js");
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-menu]")) {
    const menu = document.getElementById(button.dataset["menu"] ?? "");
    if (menu === null) {
      continue;
    }
    const set = (open: boolean): void => {
      button.setAttribute("aria-expanded", String(open));
      menu.classList.toggle("show", open);
    };
    set(false);
    button.addEventListener("click", () => set(button.getAttribute("aria-expanded") !== "true"));
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        set(false);
        button.focus();
      }
    });
  }
}
