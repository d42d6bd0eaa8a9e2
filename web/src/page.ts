// What a page says about itself: its language and the token that writes need.

/** The token that the server put in <meta name="phohien-token">, or "". */
export function token(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="phohien-token"]')?.content ?? "";
}

/** The page's language. Vietnamese unless the page says English. */
export function language(): "vi" | "en" {
  return document.documentElement.lang.startsWith("en") ? "en" : "vi";
}

/** One text in the page's language. */
export function say(vi: string, en: string): string {
  return language() === "en" ? en : vi;
}

/** A whole number as the page's readers write it: 1.234.567 or 1,234,567. */
export function count(value: number): string {
  return value.toLocaleString(language() === "en" ? "en-GB" : "vi-VN");
}

/**
 * All elements that match, root itself included when it is an element. Each is
 * given once only, so that swapped content is not enhanced twice.
 */
export function once<T extends HTMLElement>(root: ParentNode, selector: string): T[] {
  const found = [...root.querySelectorAll<T>(selector)];
  if (root instanceof HTMLElement && root.matches(selector)) {
    found.unshift(root as T);
  }
  return found.filter((element) => {
    if (seen.has(element)) {
      return false;
    }
    seen.add(element);
    return true;
  });
}

const seen = new WeakSet<HTMLElement>();

/** An address of the API that answers in the page's language, whatever the browser's is. */
export function worded(address: string): string {
  return address + (address.includes("?") ? "&" : "?") + "lang=" + language();
}
