// Sets light or dark before the first paint. It is a file of its own, loaded
// without "defer" in <head>, because the content security policy allows no
// inline script and a module would run only after the page has been drawn.

const dark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;

// A page may fix its theme (printing, tests) with data-theme-fixed.
if (!root.hasAttribute("data-theme-fixed")) {
  const apply = (): void => root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  apply();
  dark.addEventListener("change", apply);
}

export {};
