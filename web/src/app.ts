// What every page loads. Pages are complete without it: it only makes them
// quicker to use. Policy it keeps to: script-src 'self'; style-src 'self';
// img-src 'self' data: (Tabler draws its small marks as data: pictures);
// no eval, no inline script, no style attribute written as HTML. Styles set
// through the CSSOM (element.style, as ECharts and we do) are allowed by it.

import htmx from "htmx.org";
import { copyCode } from "./code";
import { followUploads } from "./upload";
import { drawHexagons } from "./hexagon";
import { menus } from "./menu";
import { token } from "./page";
import { helpQuestions } from "./query";
import { filterReference } from "./reference";
import { signInHelp } from "./signin";
import { suggestAsTyped } from "./suggest";
import { offerCopies } from "./slip";
import { nameSamples } from "./wizard";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.allowScriptTags = false;
htmx.config.selfRequestsOnly = true;
// Pages may hold personal data: no copy of them in the browser's storage.
htmx.config.historyCacheSize = 0;

document.addEventListener("htmx:configRequest", (event) => {
  const detail = (event as CustomEvent<{ headers: Record<string, string> }>).detail;
  const value = token();
  if (value !== "") {
    detail.headers["X-Phohien-Form"] = value;
  }
});

function enhance(root: ParentNode): void {
  followUploads(root);
  drawHexagons(root);
  offerCopies(root);
  nameSamples(root);
  signInHelp(root);
  copyCode(root);
  filterReference(root);
  helpQuestions(root);
  suggestAsTyped(root);
  if (root.querySelector("[data-map]") !== null) {
    void import("./map").then((map) => map.enliven(root));
  }
  if (root.querySelector("form[data-keep]") !== null) {
    void import("./monthly").then((monthly) => monthly.keepForms(root));
  }
}

menus();
enhance(document);
// Content that htmx swaps in is enhanced as the first page was.
document.addEventListener("htmx:load", (event) => {
  const target = event.target;
  if (target instanceof HTMLElement && target !== document.body) {
    enhance(target);
  }
});
