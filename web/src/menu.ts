// The menu on a phone: a button [data-menu="id"] opens and shuts the element
// of that id. Without this script the menu stands open (see app.css). A group of
// the menu shuts when somebody goes on elsewhere, or with Escape.

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
  const groups = [...document.querySelectorAll<HTMLDetailsElement>("details.menu-group")];
  const shut = (except: Node | null): void => {
    for (const group of groups) {
      if (!group.contains(except)) {
        group.open = false;
      }
    }
  };
  document.addEventListener("click", (event) => shut(event.target as Node));
  document.addEventListener("focusin", (event) => shut(event.target as Node));
  for (const group of groups) {
    group.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && group.open) {
        group.open = false;
        group.querySelector("summary")?.focus();
        event.stopPropagation();
      }
    });
  }
}
