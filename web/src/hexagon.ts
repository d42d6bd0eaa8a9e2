// The six criteria as a hexagon.
//
//   <div data-hexagon>
//     <script type="application/json">
//       {"criteria": [{"label": "Đúng", "value": 98.2}, {"label": "Dùng chung", "value": null}, …]}
//     </script>
//     <div data-hexagon-fallback> the server's own drawing or table </div>
//   </div>
//
// The server's table stays for screen readers; the chart is a picture beside
// it. The charts are a file of their own, loaded only by pages that draw.

import { once } from "./page";
import type { Criterion } from "./radar";

export function drawHexagons(root: ParentNode): void {
  for (const place of once<HTMLElement>(root, "[data-hexagon]")) {
    const criteria = read(place);
    if (criteria !== null) {
      void draw(place, criteria);
    }
  }
}

async function draw(place: HTMLElement, criteria: Criterion[]): Promise<void> {
  try {
    const { radar } = await import("./radar");
    const box = document.createElement("div");
    box.className = "hexagon-chart";
    box.setAttribute("aria-hidden", "true");
    place.prepend(box);
    radar(box, criteria);
    place.querySelector("[data-hexagon-fallback]")?.classList.add("visually-hidden");
  } catch (err) {
    // The server's drawing is still there, so the reader has lost nothing.
    console.warn("hexagon:", err);
    place.querySelector(".hexagon-chart")?.remove();
  }
}

function read(place: HTMLElement): Criterion[] | null {
  const text = place.querySelector('script[type="application/json"]')?.textContent ?? "";
  try {
    const value = JSON.parse(text) as { criteria?: unknown };
    return Array.isArray(value.criteria) && value.criteria.every(isCriterion) ? value.criteria : null;
  } catch {
    return null;
  }
}

function isCriterion(value: unknown): value is Criterion {
  const c = value as Criterion | null;
  return typeof c?.label === "string" && (c.value === null || typeof c.value === "number");
}
