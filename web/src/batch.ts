// What the server says of a batch while it walks, and how to follow it.

import { worded } from "./page";

/** The stages a batch walks through, in order; the stepper shows the same. */
export const steps = ["received", "staged", "checked", "applied", "mirrored", "scored"] as const;
export type Step = (typeof steps)[number];

/** One event of <batch>/events. Each is the whole picture, not a difference. */
export interface Progress {
  state: string;
  stage?: string;
  done?: number;
  total?: number;
  message?: string;
}

/** States after which a batch moves no more without a person. */
const stopped = new Set(["held", "rejected", "failed", "cancelled", "interrupted"]);

/** From here on the rows are being written: cancelling is over, undo remains. */
const pastCancel = new Set(["applying", "applied", "committed", "mirrored", "scored"]);

export function isStopped(p: Progress): boolean {
  return stopped.has(p.state);
}

/** States after which a batch that was written moves no more. The report is
    there from "applied" on, while the copy for readers and the score follow. */
const ended = new Set(["scored", "undone"]);

export function isOver(p: Progress): boolean {
  return isStopped(p) || ended.has(p.state);
}

export function mayCancel(p: Progress): boolean {
  return !isOver(p) && !pastCancel.has(p.state);
}

/** How many of the steps are behind the batch, -1 when the stage is unknown. */
export function reached(p: Progress): number {
  return steps.indexOf((p.stage ?? p.state) as Step);
}

/**
 * Follows a batch until it is over. The batch does not depend on it: closing
 * the page stops the watching, never the batch.
 */
export function follow(location: string, show: (p: Progress) => void): () => void {
  const source = new EventSource(worded(location + "/events"));
  let over = false;
  const stop = (): void => {
    over = true;
    source.close();
  };
  source.onmessage = (event: MessageEvent<string>) => {
    const progress = parse(event.data);
    if (progress === null || over) {
      return;
    }
    if (isOver(progress)) {
      stop();
    }
    show(progress);
  };
  // A stream ends when the batch is over, when the server restarts, or when a
  // proxy cuts it. Which one it was, the batch itself says; unless it is over
  // the browser comes back by itself, and we do when it has given up.
  source.onerror = () => {
    void ask(location).then((progress) => {
      if (over) {
        return;
      }
      if (progress !== null && isOver(progress)) {
        stop();
        show(progress);
      } else if (source.readyState === EventSource.CLOSED) {
        stop();
        const timer = setTimeout(() => {
          cancelLater = follow(location, show);
        }, 2000);
        cancelLater = () => clearTimeout(timer);
      }
    });
  };
  let cancelLater = (): void => {};
  return () => {
    stop();
    cancelLater();
  };
}

function parse(text: string): Progress | null {
  try {
    const value: unknown = JSON.parse(text);
    return isProgress(value) ? value : null;
  } catch {
    return null;
  }
}

function isProgress(value: unknown): value is Progress {
  return typeof value === "object" && value !== null && typeof (value as Progress).state === "string";
}

async function ask(location: string): Promise<Progress | null> {
  try {
    const answer = await fetch(worded(location), { headers: { Accept: "application/json" } });
    const value: unknown = answer.ok ? await answer.json() : null;
    return isProgress(value) ? value : null;
  } catch {
    return null;
  }
}
